"""How work that takes a while says how far it is: the only callback shape there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """Where the work is: its stage in plain words, and how much of that is done (``total`` 0: not known)."""

    stage: str
    done: int = 0
    total: int = 0
    note: str = ""
    """What is done now, in a few words, or a sentence of what was found."""
    best: float | None = None
    """The best score so far, of the metric that is searched for."""
    seconds_left: float | None = None
    """What is left of the budget."""
    trial: Mapping[str, Any] | None = None
    """The trial that ended just now, as the leaderboard has it."""


Report = Callable[[Progress], None]
"""Is called with each step of progress; must not raise."""


def silent(progress: Progress) -> None:
    """Report nothing."""
