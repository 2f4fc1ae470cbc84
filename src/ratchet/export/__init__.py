"""A version of a classifier, carried to where there is no Ratchet server: MLflow, ONNX, scikit-learn, NumPy alone."""
