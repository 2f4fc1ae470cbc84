"""Shares: how far a share of rows may lie from the true share (accuracy, recall, precision, F1 of a class)."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from ratchet.arrays import Floats64
from ratchet.statistics.measured import Measured


def quantile(level: float) -> float:
    """How many standard errors each side hold a normal estimate with probability ``level`` (0.95 -> 1.96)."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson(hits: Floats64, rows: Floats64, level: float = 0.95) -> tuple[Floats64, Floats64]:
    """The score interval of each share ``hits / rows`` (Wilson 1927; Brown, Cai & DasGupta 2001 recommend it).

    Element by element; no rows give 0 to 1, for nothing is known.

    >>> low, high = wilson(np.array([9.0, 0.0]), np.array([10.0, 0.0]))
    >>> [round(float(each), 3) for each in (low[0], high[0], low[1], high[1])]
    [0.596, 0.982, 0.0, 1.0]
    """
    z = quantile(level)
    known = rows > 0
    n = np.where(known, rows, 1.0)
    observed = hits / n
    middle = (observed + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(observed * (1 - observed) / n + z * z / (4 * n * n))
    low = np.where(known & (hits > 0), np.maximum(middle - half, 0), 0.0)
    high = np.where(known & (hits < rows), np.minimum(middle + half, 1), 1.0)
    return low, high


def wilson_of(
    value: float, variance: float, rows: float, level: float = 0.95, freedom: float = math.inf
) -> tuple[float, float]:
    """The interval of any number from 0 to 1 with a ``variance``: that of a share of as many rows as give it that.

    ``rows`` is taken where the variance is 0, since nothing happened to differ; with ``freedom`` the variance is an
    estimate, and Student's t is reached to (Dean & Pagano 2015, "Evaluating confidence interval methods for binomial
    proportions in clustered surveys", call it the modified Wilson interval).
    """
    # An F1 of 0.9 with a variance of 0.0009 is as sure as a share of 0.9 * 0.1 / 0.0009 = 100 rows.
    count = value * (1 - value) / variance if variance > 0 and 0 < value < 1 else rows
    reach = quantile(level)
    if math.isfinite(freedom):
        from scipy.special import stdtrit

        count *= (reach / float(stdtrit(freedom, 0.5 + level / 2))) ** 2
    low, high = wilson(np.array(value * count), np.array(count), level)
    return float(low), float(high)


def wilson_f1(hits: Floats64, union: Floats64, level: float = 0.95) -> tuple[Floats64, Floats64]:
    """The interval of each F1: of ``union`` rows that are of the class or predicted as it, ``hits`` are both.

    Among those rows the hits are binomial, and F1 = 2J / (1 + J) grows with their share J: so J's interval, carried
    over, is F1's.
    """
    low, high = wilson(hits, union, level)
    return 2 * low / (1 + low), 2 * high / (1 + high)


def share(hits: float, rows: float, level: float = 0.95) -> Measured:
    """The share ``hits / rows`` with its interval; 0, from 0 to 1, where there are no rows.

    >>> str(share(9, 10))
    '0.900 (0.596 to 0.982, n=10)'
    """
    low, high = wilson(np.array(float(hits)), np.array(float(rows)), level)
    value = hits / rows if rows else 0.0
    return Measured(value=value, low=float(low), high=float(high), n=int(rows), method="wilson")
