"""Successive halving: of all trials that came as far, the best third goes on.

Jamieson & Talwalkar 2016, "Non-stochastic Best Arm Identification and Hyperparameter Optimization"; Li et al. 2018,
"Hyperband".
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

_KEPT = 3


def promoted(merits: Mapping[int, float], new: Collection[int]) -> tuple[int, ...]:
    """The ``new`` trials that go on to the next rung, best first: those in the best third of all that came to this one.

    ``merits`` are those of every trial that came here, new or not, by number; higher is better.  Of equals the one
    proposed first is taken.

    >>> promoted({0: 0.70, 1: 0.90, 2: 0.80, 3: 0.75}, new={2, 3})
    (2,)
    """
    best = sorted(merits, key=lambda number: (-merits[number], number))[: math.ceil(len(merits) / _KEPT)]
    return tuple(number for number in best if number in new)
