"""Which pretrained weights a pipeline began with: its manifest names them, for whoever asks where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ratchet.models.pipeline import Part


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """The weights of a pretrained model."""

    model: str
    """The id or path that it was named by."""
    sha256: str
    """Of its safetensors file, or of the sums of several (`ratchet.features.huggingface.folder.Folder.sha256`)."""


def weights_in(part: Part) -> list[Weights]:
    """The weights that a pipeline, or any piece of it, began with, each once, in the order of the parts.

    An encoder or a pipeline names its own in the JSON values of its state, as ``model`` and ``sha256`` side by side.
    """
    found = [Weights(model=each["model"], sha256=each["sha256"]) for each in _named(part)]
    return list(dict.fromkeys(found))


def _named(part: Part) -> Iterator[Mapping[str, Any]]:
    yield from _inside(part.state.meta)
    for each in part.parts.values():
        yield from _named(each)


def _inside(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        if isinstance(value.get("model"), str) and isinstance(value.get("sha256"), str):
            yield value
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from _inside(each)
