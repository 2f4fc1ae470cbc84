"""Ranks of two groups: how often a score of one lies above a score of the other."""

from __future__ import annotations

import math

import numpy as np

from ratchet.arrays import Floats64
from ratchet.statistics.result import Result


def placements(ordered: Floats64, scores: Floats64) -> Floats64:
    """(scores,) how many of the sorted ``ordered`` lie below each score, ties half.

    >>> placements(np.array([1.0, 2.0, 2.0, 5.0]), np.array([0.0, 2.0, 9.0])).tolist()
    [0.0, 2.0, 4.0]
    """
    # The left place counts what is smaller, the right place what is smaller or equal; their mean takes ties as half:
    # of [1, 2, 2, 5], 1 lies left of a 2 and 3 left of or at it, so (1 + 3) / 2 = 2.
    return np.asarray((np.searchsorted(ordered, scores, "left") + np.searchsorted(ordered, scores, "right")) / 2)


def auc(positives: Floats64, negatives: Floats64) -> float:
    """How often a positive's score lies above a negative's, ties half: the area under the ROC curve.

    Hanley & McNeil (1982, "The meaning and use of the area under a receiver operating characteristic curve").  NaN
    where either is empty.
    """
    if not len(positives) or not len(negatives):
        return float("nan")
    return float(placements(np.sort(negatives), positives).mean() / len(negatives))


def mann_whitney(first: Floats64, second: Floats64) -> Result:
    """The two-sided test that neither group lies above the other; the statistic is U of ``first``.

    Mann & Whitney (1947), by the normal limit with the variance corrected for ties (Lehmann 1975, "Nonparametrics",
    section 1.4) and without continuity correction.  The p-value is 1 where all scores are equal, or a group is empty.
    """
    n, m = len(first), len(second)
    if not n or not m:
        return Result(statistic=0.0, p_value=1.0, n=n + m)
    u = auc(first, second) * n * m
    ties = np.unique(np.concatenate([first, second]), return_counts=True)[1].astype(np.float64)
    total = n + m
    variance = n * m / 12 * (total + 1 - float((ties**3 - ties).sum()) / (total * (total - 1)))
    z = abs(u - n * m / 2) / math.sqrt(variance) if variance > 0 else 0.0
    return Result(statistic=u, p_value=math.erfc(z / math.sqrt(2)), n=total)
