"""Kullback and Leibler's divergence: how badly one distribution stands for another."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Floats64, Ints


def kl(found: Ints | Floats64, reference: Ints | Floats64) -> float:
    """The divergence of ``found`` from ``reference`` in nats; both (bins,) are counts or weights of any sum.

    Kullback & Leibler (1951).  0 for equal distributions, infinite where something was found that the reference rules
    out, NaN where either is empty.

    >>> kl(np.array([1, 1]), np.array([2, 2])), kl(np.array([1, 1]), np.array([1, 0]))
    (0.0, inf)
    """
    if not found.sum() or not reference.sum():
        return float("nan")
    p, q = found / found.sum(), reference / reference.sum()
    if (q[p > 0] == 0).any():
        return float("inf")
    # A bin without anything found adds nothing, for x log x goes to 0 with x.
    return float((p[p > 0] * np.log(p[p > 0] / q[p > 0])).sum())
