"""What has to be installed for which work."""

from __future__ import annotations

from importlib.util import find_spec

from ratchet.errors import MissingExtraError

_PACKAGES = {
    "sentences": ("a network of Hugging Face (sentences.v1, pretrained.v1)", ("onnx", "onnxruntime", "tokenizers")),
    "torch": ("fine-tuning a transformer (transformer.v1)", ("torch", "transformers", "tokenizers")),
}


def needs(extra: str) -> None:
    """Raise `MissingExtraError`, which says what to type, where a package of the extra is not installed."""
    feature, packages = _PACKAGES[extra]
    if any(find_spec(each) is None for each in packages):
        raise MissingExtraError(feature, extra)
