"""The Measured: a number with its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A number with its uncertainty: the interval ``low`` to ``high``, at 95 % unless said otherwise, by ``method``."""

    value: float
    low: float
    high: float
    n: int
    """The rows it is measured on."""
    method: str

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f}, n={self.n})"
