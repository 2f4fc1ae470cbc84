"""Rows that are the same, or nearly, kept on one side: what would leak the holdout into training is excluded."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Bools
from ratchet.data.split.sides import EXCLUDED, Sides


def separated(keys: npt.NDArray[np.generic], sides: Sides, old: Bools, *, levels: tuple[int, int, int]) -> Sides:
    """Sides such that no new row shares a key with a row of another level; the newcomer is excluded.

    ``keys`` (rows,) are equal where rows are the same; ``levels`` are those of train, tune and holdout.  Among old
    rows a key may have several levels (two rows became alike only through a third): then every new row of it is
    excluded.  Among new rows the highest level stays.
    """
    level = np.array([*levels, EXCLUDED])[sides]
    counted = level != EXCLUDED
    _, unit = np.unique(keys, return_inverse=True)
    count = int(unit.max()) + 1 if len(unit) else 0
    # The highest and lowest level of each key, settled by its old rows: of keys [a, b, a, b] with the first row old
    # and levels [0, 0, 2, 2], a is settled at 0, so that the third row is out; b has no old row, so its new rows
    # settle it at their highest, 2, and the second row is out.
    highest, lowest = np.full(count, -1), np.full(count, EXCLUDED)
    np.maximum.at(highest, unit[counted & old], level[counted & old])
    np.minimum.at(lowest, unit[counted & old], level[counted & old])
    torn = (highest > lowest) & (highest >= 0)
    undecided = (highest < 0)[unit] & counted
    np.maximum.at(highest, unit[undecided], level[undecided])
    out = ~old & counted & (torn[unit] | (level != highest[unit]))
    return np.where(out, np.uint8(EXCLUDED), sides)
