"""The uses of a holdout, and how much each may spend of what the gate may err.

A holdout that is asked again and again ends up saying yes by chance.  So the gate's allowance, `1 - confidence`, is
for all uses of one holdout together: half of it for the first use, the other half in equal parts for the nineteen
that may follow.  If every answer is "no", those who ask learn nothing from them but that, and however they choose
what to ask next, the chance that a single challenger that is no better is ever promoted stays below the allowance
(the union bound along the one path of answers; compare Blum & Hardt 2015, "The Ladder", section 2).  Then the holdout
is spent, and fresh rows are needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

BUDGET = 20
"""How often one holdout may be used."""
FIRST = 0.5
"""The share of the allowance that the first use may spend."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldoutUse:
    """One use of a holdout by the gate."""

    holdout_id: str
    at: datetime
    run_id: str = ""
    version: str = ""
    """The version that was judged."""
    champion: str | None = None
    """The version it was held against."""
    outcome: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """What the gate's checks found, such as ``better.champion``."""


def allowance(used: int, confidence: float) -> float | None:
    """What the next use may spend, after ``used`` uses; None when the holdout is spent.

    >>> [round(allowance(used, 0.95), 5) for used in (0, 1, 19)], allowance(20, 0.95)
    ([0.025, 0.00132, 0.00132], None)
    """
    if used >= BUDGET:
        return None
    return (1 - confidence) * (FIRST if used == 0 else (1 - FIRST) / (BUDGET - 1))
