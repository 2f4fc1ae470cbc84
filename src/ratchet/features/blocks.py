"""What blocks of hashed outputs share: which buckets are kept, their weights, and unit length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Floats32, Floats64, Ints, Ints32
from ratchet.features.vocabulary import SEEN, frequencies

_EXACT = 2.0**16
"""Squares are rounded to whole numbers of this fraction, so that their sum is the same in any order."""


def kept(buckets: Ints, rows: Ints, bits: int, most: int) -> tuple[Ints, Ints]:
    """The buckets in at least `SEEN` rows, the ``most`` most frequent of them, and in how many rows each is."""
    counts = frequencies(buckets, rows, 1 << bits)
    seen = np.flatnonzero(counts >= SEEN)
    chosen = seen[np.argsort(-counts[seen], kind="stable")][:most]
    return chosen, counts[chosen]


def table(buckets: npt.NDArray[Any], bits: int, first: int) -> Ints32:
    """(2 ** bits,) the output of each bucket, from ``first`` on; 0 for buckets that are not kept."""
    found = np.zeros(1 << bits, dtype=np.int32)
    found[buckets] = np.arange(first, first + len(buckets), dtype=np.int32)
    return found


def used(outputs: Ints32) -> Ints32:
    """The buckets of a `table` that are kept, by the number of their output."""
    buckets = np.flatnonzero(outputs)
    return buckets[np.argsort(outputs[buckets])].astype(np.int32)


def frequency_weights(texts: int, counts: Sequence[Ints]) -> Floats32:
    """``1 + ln((1 + n) / (1 + df))`` of outputs in ``counts`` texts each, behind a 0 for what is not known."""
    weights = 1 + np.log((1 + texts) / (1 + np.concatenate(counts)))
    return np.concatenate([np.zeros(1), weights]).astype(np.float32)


def squares(weights: Floats32) -> Floats64:
    """Their squares, of which any sum is exact."""
    wide = weights.astype(np.float64)
    return np.rint(wide * wide * _EXACT)


def lengths(sums: Floats64) -> Floats32:
    """The lengths of rows with these sums of `squares`, 1 for an empty one."""
    return np.sqrt(np.where(sums > 0, sums / _EXACT, 1.0)).astype(np.float32)


def length(total: float) -> np.float32:
    """The length of one row, bit by bit that of `lengths`."""
    return np.float32(math.sqrt(total / _EXACT) if total > 0 else 1.0)
