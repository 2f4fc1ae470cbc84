"""Folders as Hugging Face lays them out: found by id or path, opened without pickle, answered by ONNX Runtime."""
