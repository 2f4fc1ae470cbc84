"""Jensen and Shannon's distance: how far two distributions lie apart, from 0 to 1."""

from __future__ import annotations

import math

from ratchet.arrays import Floats64, Ints
from ratchet.statistics.kl import kl


def jensen_shannon(first: Ints | Floats64, second: Ints | Floats64) -> float:
    """The distance of two distributions (bins,), counts or weights of any sum; 1 where they share nothing.

    The root of the mean divergence, in bits, of both from their mixture (Lin 1991, "Divergence measures based on the
    Shannon entropy"; Endres & Schindelin 2003 show that it is a metric).  NaN where either is empty.

    >>> import numpy as np
    >>> jensen_shannon(np.array([3, 0]), np.array([0, 5])), jensen_shannon(np.array([1, 2]), np.array([2, 4]))
    (1.0, 0.0)
    """
    if not first.sum() or not second.sum():
        return float("nan")
    p, q = first / first.sum(), second / second.sum()
    divergence = (kl(p, (p + q) / 2) + kl(q, (p + q) / 2)) / 2
    return math.sqrt(max(divergence, 0.0) / math.log(2))
