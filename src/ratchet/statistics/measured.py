"""The Measured: a number with its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

FEW = 30
"""Of fewer rows, or units of them, no interval is promised to be more than approximate."""

FEW_THAT_COUNT = 4.0
"""So many rows must really count in a number (`statistics.units.freedom`), where its interval rests on their spread."""
FEW_OF_CLASS = 10
"""So many rows of each class, or units of them, must there be for the interval of a number that is of each class."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A number with its uncertainty: the interval ``low`` to ``high``, at 95 % unless said otherwise, by ``method``."""

    value: float
    low: float
    high: float
    n: int
    """The rows it is measured on."""
    method: str
    approximate: bool = False
    """Whether the interval may hold the true value less, or more, often than it says: the rows are too few."""

    def __str__(self) -> str:
        about = "about " if self.approximate else ""
        return f"{self.value:.3f} ({about}{self.low:.3f} to {self.high:.3f}, n={self.n})"
