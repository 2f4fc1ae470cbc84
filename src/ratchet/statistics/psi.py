"""The population stability index: how far a distribution over bins has shifted."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Ints


def psi(reference: Ints, current: Ints, *, smoothing: float = 0.5) -> float:
    """The index of two counts (bins,), each smoothed by part of a row so that an empty bin is not infinitely odd.

    Siddiqi (2006, "Credit Risk Scorecards", chapter 9): below 0.1 hardly a change, from 0.25 a great one.  It is the
    sum of both Kullback-Leibler divergences, and so the same from either side.

    >>> round(psi(np.array([50, 50]), np.array([80, 20])), 3)
    0.406
    """
    was, now = ((each + smoothing) / (each.sum() + smoothing * len(each)) for each in (reference, current))
    return float(((now - was) * np.log(now / was)).sum())
