"""Kolmogorov and Smirnov's test: whether two samples of numbers come from one distribution."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Floats64
from ratchet.statistics.result import Result


def ks(first: Floats64, second: Floats64) -> Result:
    """The two-sided test of two samples; the statistic is the largest distance of their distribution functions.

    The p-value is the limit for many rows (Hodges 1958, "The significance probability of the Smirnov two-sample
    test"), by the one-sample distribution at the effective size ``n m / (n + m)``.  1 where either is empty.
    """
    from scipy.stats import kstwo

    n, m = len(first), len(second)
    if not n or not m:
        return Result(statistic=0.0, p_value=1.0, n=n + m)
    one, two = np.sort(first), np.sort(second)
    both = np.concatenate([one, two])
    # Each distribution function changes only at a value that was seen, so looking there is enough.  Of [1, 2] and [2]:
    # at 1 they are 0.5 and 0, at 2 both are 1, so the largest distance is 0.5.
    gaps = np.searchsorted(one, both, "right") / n - np.searchsorted(two, both, "right") / m
    statistic = float(np.abs(gaps).max())
    p_value = float(np.clip(kstwo.sf(statistic, np.round(n * m / (n + m))), 0, 1))
    return Result(statistic=statistic, p_value=p_value, n=n + m)
