"""Wasserstein's distance: how far values must be carried to turn one sample into another."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Floats64


def wasserstein(first: Floats64, second: Floats64) -> float:
    """The mean distance that values are carried, in their own unit; the samples may differ in size.

    In one dimension it is the area between the distribution functions (Vallender 1974, "Calculation of the
    Wasserstein distance between probability distributions on the line").  NaN where either is empty.

    >>> wasserstein(np.array([0.0, 1.0]), np.array([5.0, 6.0]))
    5.0
    """
    if not len(first) or not len(second):
        return float("nan")
    one, two = np.sort(first), np.sort(second)
    both = np.sort(np.concatenate([one, two]))
    # Between two neighbouring values both functions are flat, so the area there is width times height: of [0] and [3]
    # one step of width 3 in which the functions are 1 and 0.
    height = np.searchsorted(one, both[:-1], "right") / len(one) - np.searchsorted(two, both[:-1], "right") / len(two)
    return float((np.abs(height) * np.diff(both)).sum())
