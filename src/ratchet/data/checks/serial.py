"""Serial labels: rows that follow each other carry the same label far more often than chance would have it."""

from __future__ import annotations

import numpy as np
import polars as pl

from ratchet.arrays import Ints
from ratchet.statistics.runs import runs

_FEWEST = 100
_STRONG = 0.25
"""How much of what chance leaves open neighbours must agree in (`ratchet.statistics.runs`)."""
_ALPHA = 1e-6
_RUNS = 10
"""Fewer runs a class than this are an order made by hand (a file sorted by label, or a few such), and tell nothing."""
_SEED = 0


def seriality(labels: Ints, moments: pl.Series | None) -> float:
    """How serial the labels (rows,) of rows are in the order of their moments, or as they came: 0 where they are not.

    Rows of one moment are in no order; rows without one are left out.
    """
    if moments is not None:
        # Shuffled before they are sorted: in a file sorted by label the rows of one day would be so, too.
        drawn = np.random.default_rng(_SEED).permutation(len(labels))
        ticks = moments.cast(pl.Int64)[drawn]
        there = ticks.is_not_null().to_numpy()
        labels = labels[drawn][there][np.argsort(ticks.drop_nulls().to_numpy(), kind="stable")]
    if len(labels) < _FEWEST or (labels[1:] != labels[:-1]).sum() < _RUNS * len(np.unique(labels)):
        return 0.0
    found = runs(labels)
    return found.statistic if found.statistic >= _STRONG and found.p_value < _ALPHA else 0.0
