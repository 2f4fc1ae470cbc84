"""A version as one ONNX graph, from the columns to the probabilities."""
