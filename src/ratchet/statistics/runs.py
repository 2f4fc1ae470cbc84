"""The runs test: whether equal values follow each other more often than in a random order."""

from __future__ import annotations

import math

import numpy as np

from ratchet.arrays import Ints
from ratchet.statistics.result import Result


def runs(values: Ints) -> Result:
    """The one-sided test that a sequence of values (rows,), each 0 or more, has too few runs for a random order.

    The statistic is by how much more often neighbours agree than in a random order, as a share of what is left to
    agree: 0 for a random order, 1 where all equal values stand together (but for the places where they meet).  Mean and
    variance of the number of runs of several kinds: Barton and David 1957, "Multiple runs", Biometrika 44; the p-value
    is by the normal distribution.  0 and 1 for fewer than two different values.
    """
    n = len(values)
    counts = np.bincount(values).astype(np.float64) if n else np.zeros(0)
    squares, cubes = float((counts**2).sum()), float((counts**3).sum())
    if n < 3 or squares == n**2:
        return Result(statistic=0.0, p_value=1.0, n=n)
    # [0, 0, 1, 0] has three runs and one pair of neighbours that agree, of three; in a random order
    # (9 + 1 - 4) / 4 = 1.5 would: the statistic is (1 - 1.5) / (3 - 1.5).
    agree, expected = float((values[1:] == values[:-1]).sum()), (squares - n) / n
    variance = (squares * (squares + n * (n + 1)) - 2 * n * cubes - n**3) / (n**2 * (n - 1))
    z = (agree - expected) / math.sqrt(variance) if variance > 0 else 0.0
    return Result(statistic=(agree - expected) / (n - 1 - expected), p_value=0.5 * math.erfc(z / math.sqrt(2)), n=n)
