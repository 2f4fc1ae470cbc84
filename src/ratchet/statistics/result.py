"""The Result: what every statistical test gives."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """A test's statistic, and the probability of one at least as extreme were there nothing to find."""

    statistic: float
    p_value: float
    n: int
    """How many observations it rests on."""
