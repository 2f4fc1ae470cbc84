"""Shares and means of rows that come in units: rows of one unit (a group, near copies) are no independent evidence."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from ratchet.arrays import Bools, Floats64, Hashes
from ratchet.statistics.clopper_pearson import clopper_pearson
from ratchet.statistics.measured import Measured
from ratchet.statistics.wilson import wilson

_UNSEEN = 5.0
"""Chosen by simulation on seeds that no test and no table uses."""


def unit_share(hits: Bools, units: Hashes | None = None, level: float = 0.95, *, exact: bool = False) -> Measured:
    """The share of ``hits`` (rows,), each unit counting as one however many rows it has; ``n`` is the rows.

    Wilson's interval for as many independent rows as the units are worth: the variance of a share over that of the
    units' mean (Korn & Graubard 1998, "Confidence intervals for proportions with small expected number of positive
    counts estimated from survey data", who shrink it by the ratio of the normal's to Student's quantile, squared).
    It is never below the number of units, which a mean of numbers within 0 and 1 is worth, nor above that of the rows.
    `_UNSEEN` units as unlike as can be are taken to have been seen besides: where few units are all hits or all
    misses, chance may have shown none.  ``exact`` takes the interval of Clopper and Pearson in Wilson's place.

    >>> str(unit_share(np.array([True, True, False, True]), np.array([1, 1, 2, 3], dtype=np.uint64)))
    '0.667 (0.208 to 0.939, n=4)'
    """
    by_row = units is None or not len(hits)
    means = hits.astype(np.float64) if units is None or by_row else _unit_means(hits.astype(np.float64), units)
    value = float(means.mean()) if len(means) else 0.0
    worth = float(len(means)) if by_row else _worth(means, len(hits), level)
    if exact:
        low, high = clopper_pearson(value * worth, worth, level)
    else:
        low, high = (float(each) for each in wilson(np.array(value * worth), np.array(worth), level))
    method = ("clopper-pearson" if exact else "wilson") + ("" if by_row else ", by unit")
    return Measured(value=value, low=low, high=high, n=len(hits), method=method)


def unit_mean(values: Floats64, units: Hashes | None = None, level: float = 0.95) -> Measured:
    """The mean of ``values`` (rows,), each unit counting as one, with Student's interval; one unit shows no spread.

    >>> str(unit_mean(np.array([1.0, 3.0, 5.0, 4.0]), np.array([1, 1, 2, 3], dtype=np.uint64)))
    '3.667 (-0.128 to 7.461, n=4)'
    """
    from scipy.special import stdtrit

    means = values if units is None else _unit_means(values, units)
    value = float(means.mean())
    reach = 0.0
    if len(means) > 1:
        reach = float(stdtrit(len(means) - 1, 0.5 + level / 2)) * float(means.std(ddof=1)) / math.sqrt(len(means))
    method = "student" if units is None else "student, by unit"
    return Measured(value=value, low=value - reach, high=value + reach, n=len(values), method=method)


def _unit_means(values: Floats64, units: Hashes) -> Floats64:
    """(units,) the mean of each unit's rows: [1, 0, 1] of units [7, 7, 9] gives [0.5, 1]."""
    _, which, sizes = np.unique(units, return_inverse=True, return_counts=True)
    return np.asarray(np.bincount(which, weights=values) / sizes)


def _worth(means: Floats64, rows: int, level: float) -> float:
    """How many rows of their own units of these means (units,), of ``rows`` in all, are worth."""
    value, units = float(means.mean()), len(means)
    if units == 1 or not 0 < value < 1:
        return float(units)
    # 30 units, a variance of 0.02 where 0.8 * 0.2 = 0.16 is the most: (29 * 0.02 + 5 * 0.16) / 34 = 0.041, so each unit
    # is worth 0.16 / 0.041 = 3.9 rows, 3.6 by Student's t.
    most = value * (1 - value)
    variance = (float(means.var()) * units + _UNSEEN * most) / (units - 1 + _UNSEEN)
    return min(max(float(units), most / variance * units * _shrink(units, level)), float(rows))


def _shrink(units: int, level: float) -> float:
    from scipy.special import stdtrit

    half = 0.5 + level / 2
    return float((NormalDist().inv_cdf(half) / stdtrit(units - 1, half)) ** 2)
