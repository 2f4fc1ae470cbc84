"""Confident learning: which labels are likely wrong, given out-of-fold probabilities.

Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels", section 3.1: a row
counts as class j if its probability of j reaches what rows labelled j have on average; a row that counts as another
class than it is labelled lies off the diagonal of the confident joint.
"""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Bools, Floats64, Ints


def thresholds(labels: Ints, probabilities: Floats64) -> Floats64:
    """The mean probability of each class among the rows labelled with it (classes,); 1 for a class without rows."""
    own = probabilities[np.arange(len(labels)), labels]
    counts = np.bincount(labels, minlength=probabilities.shape[1])
    sums = np.bincount(labels, weights=own, minlength=probabilities.shape[1])
    return np.where(counts > 0, sums / np.maximum(counts, 1), 1.0)


def counted_as(labels: Ints, probabilities: Floats64) -> Ints:
    """The class each row confidently belongs to (rows,), -1 where it belongs to none."""
    sure = probabilities >= thresholds(labels, probabilities) - 1e-6
    best = np.where(sure, probabilities, -1.0).argmax(axis=1)
    return np.where(sure.any(axis=1), best, -1)


def likely_errors(labels: Ints, probabilities: Floats64) -> Bools:
    """Which rows (rows,) confidently belong to another class than they are labelled with, and are answered so."""
    other = counted_as(labels, probabilities)
    doubted: Bools = (other >= 0) & (other != labels) & (probabilities.argmax(axis=1) != labels)
    return doubted
