"""Where a network learns: what a spec says (``[search] device``) reaches the family that asks, through this."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

from ratchet.errors import SpecError

Device = Literal["auto", "cpu", "cuda"]
_SAID: ContextVar[Device] = ContextVar("device", default="auto")


@contextmanager
def learning_on(device: Device) -> Iterator[None]:
    """Within the block `chosen` follows ``device``."""
    token = _SAID.set(device)
    try:
        yield
    finally:
        _SAID.reset(token)


def chosen() -> Literal["cpu", "cuda"]:
    """The device to learn on; ``auto`` is a GPU where PyTorch sees one.  Raises `SpecError` where there is none."""
    import torch

    said, there = _SAID.get(), bool(torch.cuda.is_available())
    if said == "cuda" and not there:
        raise SpecError(
            'search.device is "cuda", and PyTorch sees no GPU here',
            todo='set search.device to "auto" or "cpu", or install a PyTorch made for the GPU and its driver',
        )
    return "cuda" if there and said != "cpu" else "cpu"
