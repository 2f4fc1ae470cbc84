"""What a flow tells of itself while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """Where the work is: the stage in plain words, and how much of it is done (``total`` 0: not known)."""

    stage: str
    done: int = 0
    total: int = 0
    note: str = ""


Tell = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """Tell nobody."""
