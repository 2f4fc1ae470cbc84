"""All pairs of rows that lie within a distance of each other, as far as cells show them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ratchet.arrays import Floats64, Hashes, Ints
from ratchet.data.near.chance import pairs_of
from ratchet.data.near.components import distinct
from ratchet.hashing import mixed

_WIDTHS = (64, 32, 16, 8, 4, 2)
"""How many distances wide a cell may be: in wide cells few pairs are parted, in narrow ones few strangers meet."""
_GRIDS = 4
_FEW, _A_ROW = 200_000, 20
"""The pairs that may be looked at, and for each row."""


def pairs_within(points: Sequence[Floats64], distance: float) -> Ints:
    """Pairs of rows (n, 2) within a distance in every column (rows,); none where rows are crowded."""
    # Pairs that share a cell in any of four grids are looked at.  A pair half a distance apart in each of 20 columns
    # shares a cell 16 distances wide with probability (1 - 0.5 / 16) ** 20 = 0.53, and one in four grids with 0.95.
    count = len(points[0])
    shifts = np.random.default_rng(0).random((_GRIDS, len(points)))
    for width in _WIDTHS:
        first = cells(points, width * distance, shifts[0])
        if pairs_of(first) <= max(_FEW, _A_ROW * count):
            keys = [first, *(cells(points, width * distance, shift) for shift in shifts[1:])]
            found = distinct(np.concatenate([_sharing(each) for each in keys]))
            return _close(points, np.stack(np.divmod(found, count), axis=1), distance)
    return np.zeros((0, 2), dtype=np.int64)


def cells(points: Sequence[Floats64], width: float, shift: Floats64) -> Hashes:
    """The cell of each row (rows,) in a grid that is shifted by a share of its width in each column."""
    keys = np.zeros(len(points[0]), dtype=np.uint64)
    for each, offset in zip(points, shift, strict=True):
        keys = mixed(keys ^ np.floor(each / width + offset).astype(np.int64).view(np.uint64))
    return keys


def _sharing(keys: Hashes) -> Ints:
    """All pairs of places with equal keys, each as ``first * count + second``."""
    # Sorted, equal keys stand together: [5, 5, 5, 8] has pairs one apart at 0 and 1, and two apart at 0.
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    found, begins, apart = [np.zeros(0, dtype=np.int64)], np.arange(len(keys)), 1
    while len(begins):
        begins = begins[begins + apart < len(keys)]
        begins = begins[ordered[begins] == ordered[begins + apart]]
        found.append(order[begins] * len(keys) + order[begins + apart])
        apart += 1
    return np.concatenate(found)


def _close(points: Sequence[Floats64], pairs: Ints, distance: float) -> Ints:
    for each in points:
        pairs = pairs[np.abs(each[pairs[:, 0]] - each[pairs[:, 1]]) <= distance]
    return pairs
