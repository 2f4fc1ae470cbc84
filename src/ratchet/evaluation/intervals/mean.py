"""Means of skewed rows: log-loss and Brier."""

from __future__ import annotations

import math
from statistics import NormalDist

from ratchet.arrays import Floats64


def skew(moved: Floats64) -> float:
    """The skewness of rows whose mean is zero (0 where they do not differ)."""
    variance = float((moved**2).mean())
    return float((moved**3).mean()) / variance**1.5 if variance > 0 else 0.0


def mean_interval(value: float, moved: Floats64, level: float = 0.95) -> tuple[float, float]:
    """The interval of a mean ``value`` whose rows have influences ``moved`` (rows,).

    Hall (1992, "On the removal of skewness by transformation", section 2, the cubic): a Student-type interval whose
    ends move with the skewness of the rows, so that a log-loss with a few terrible rows is not called certain.
    """
    rows = len(moved)
    if rows < 2:
        return float("nan"), float("nan")
    deviation, lean = math.sqrt(float((moved**2).sum()) / (rows - 1)), skew(moved)
    reach = NormalDist().inv_cdf(0.5 + level / 2) / math.sqrt(rows)
    ends = [value - deviation * _straighten_back(side * reach, lean, rows) for side in (1, -1)]
    return ends[0], ends[1]


def _straighten_back(reach: float, lean: float, rows: int) -> float:
    """The inverse of Hall's cubic; nearly the identity for rows without skew."""
    if abs(lean) < 1e-6:
        return reach
    inner = 1 + lean * (reach - lean / (6 * rows))
    return 3 / lean * (math.copysign(abs(inner) ** (1 / 3), inner) - 1)
