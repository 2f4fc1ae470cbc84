"""Rows that a family keeps out of the rows it learns from, to see by itself when to stop."""

from __future__ import annotations

import numpy as np

from ratchet import clock
from ratchet.arrays import Ints, Labels


def inner_folds(labels: Labels, groups: Ints | None, *, folds: int, seed: int) -> Ints:
    """(rows,) the fold of each row: classes are spread evenly, rows of one group are never parted.

    ``groups`` (rows,) numbers the groups; None where every row is its own.
    """
    # Groups [7, 7, 3] with classes [1, 1, 0] are units [1, 1, 0] whose first rows are 2 and 0, of classes [0, 1]; units
    # are dealt out like cards, one class after the other.
    first, unit = np.arange(len(labels)), np.arange(len(labels))
    if groups is not None:
        _, first, unit = np.unique(groups, return_index=True, return_inverse=True)
    order = clock.rng("inner folds", seed).permutation(len(first))
    dealt = order[np.argsort(labels[first][order], kind="stable")]
    fold = np.empty(len(first), dtype=np.int64)
    fold[dealt] = np.arange(len(first)) % folds
    return np.asarray(fold[unit.reshape(-1)])
