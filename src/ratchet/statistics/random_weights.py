"""The test by random weights: how sure a sum is, when what was seen is weighted anew and some of it was not seen.

Is the mean of some values above zero?  Give every value a random weight, exponential and on its own, and one value
that was not seen, as bad as any can be, another: the p-value is the probability that the weighted sum is not above
zero.  This is Gaffke's test of the mean of values with a lower bound (Gaffke 2005, "Three test statistics for a
nonparametric one-sided hypothesis on the mean of a nonnegative variable"): the Bayesian bootstrap (Rubin 1981) made
honest about what chance did not show.  For values of -1, 0 and 1 it is the exact sign test.  That it holds for any
number of values is conjectured, proven for two sizes of value, and no counterexample is known (Learned-Miller & Thomas
2019, "A new confidence interval for the mean of a bounded random variable"); `bench/paired_tests.py` tries it.
"""

from __future__ import annotations

import math

import numpy as np

from ratchet.arrays import Floats64

_DIGITS = 11
"""Values that agree so far are one value: they differ by how they were summed."""
_STEPS = 200
_CLOSE = 1e-10
_FLAT = 1e-4
"""Nearer to the middle than this the tail formula divides zero by zero, and its limit is taken."""


def not_above_zero(values: Floats64, shapes: Floats64) -> float:
    """The probability that the sum of ``values`` (any,), each times a weight from Gamma(its shape), is <= 0.

    A value of shape 3 is three equal values of exponential weight, one of shape 0.5 half a one.  Exact for values of
    one size on each side of zero; else by the saddlepoint of the sum (Barndorff-Nielsen's form of Lugannani & Rice
    1980, "Saddle point approximation for the distribution of the sum of independent random variables"), relative error
    below 2 % far into the tail.

    >>> round(not_above_zero(np.array([1.0, -1.0]), np.array([10.0, 1.0])), 6)  # ten won, none lost, one not seen
    0.000977
    """
    values, shapes = _merged(values, shapes)
    up, down = values > 0, values < 0
    if not up.any():
        return 1.0
    if not down.any():
        return 0.0
    if up.sum() == down.sum() == 1:
        from scipy.special import betainc

        # a G <= b H for two gamma weights is G / (G + H) <= b / (a + b), and that ratio has a beta distribution.
        edge = -values[down][0] / (values[up][0] - values[down][0])
        return float(betainc(shapes[up][0], shapes[down][0], edge))
    return _tail(values, shapes)


def _merged(values: Floats64, shapes: Floats64) -> tuple[Floats64, Floats64]:
    """The distinct values other than 0, on the scale of the largest, with the sum of their shapes."""
    scale = float(np.abs(values).max(initial=0.0))
    if scale == 0:
        return np.zeros(0), np.zeros(0)
    distinct, place = np.unique(np.round(values / scale, _DIGITS), return_inverse=True)
    total = np.bincount(place, weights=shapes, minlength=len(distinct))
    kept = (distinct != 0) & (total > 0)
    return distinct[kept], total[kept]


def _tail(values: Floats64, shapes: Floats64) -> float:
    from scipy.special import ndtr

    # The cumulants of the sum are those of K(t) = -sum of shape * log(1 - t value), which ends where a factor is zero.
    at = _saddlepoint(values, shapes)
    inside = 1 - at * values
    ratio = values / inside
    second = float(shapes @ ratio**2)
    root = math.copysign(math.sqrt(max(2 * float(shapes @ np.log(inside)), 0.0)), at)
    slope = at * math.sqrt(second)
    if min(abs(root), abs(slope)) < _FLAT:
        return 0.5 + float(shapes @ ratio**3) / (3 * math.sqrt(2 * math.pi) * second * math.sqrt(second))
    return float(ndtr(root + math.log(slope / root) / root))


def _saddlepoint(values: Floats64, shapes: Floats64) -> float:
    """Where the derivative of K, which rises from minus to plus infinity, is zero: Newton's steps inside a bracket."""
    low, high = 1 / float(values.min()), 1 / float(values.max())
    at = 0.0
    for _ in range(_STEPS):
        ratio = values / (1 - at * values)
        slope, second = float(shapes @ ratio), float(shapes @ ratio**2)
        if abs(slope) <= _CLOSE * math.sqrt(second):
            break
        low, high = (low, at) if slope > 0 else (at, high)
        step = at - slope / second
        at = step if low < step < high else (low + high) / 2
    return at
