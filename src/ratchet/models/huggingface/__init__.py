"""Transformers as pipelines: fine-tuned with PyTorch, answered by ONNX Runtime."""
