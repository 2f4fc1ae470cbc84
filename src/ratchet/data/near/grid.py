"""Rows of numbers that are nearly the same: equal once each number is rounded to a thousandth of its column's range.

Tables of few or coarse numbers hold rows that agree by chance, so the grid is believed only where it has three columns
of many values, and where a grid four times as coarse finds hardly more: chance agreement would grow with every
dimension, copies do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from ratchet.arrays import Floats64, Hashes, Ints
from ratchet.data.near.chance import pairs_of
from ratchet.data.near.components import links_of
from ratchet.data.near.noise import noisy_copies
from ratchet.data.rowhash import chained
from ratchet.hashing import mixed

_STEPS = 1_000
_FEWEST_COLUMNS = 3
_MANY_VALUES = 50
_COARSER = 4
_GROWTH = 2.0
_FAR = 1e6
"""Steps: farther from all is nothing."""
_OTHER = 100.0
"""Steps between two values of a column that has nearly always the same."""


def alike_numbers(frame: pl.DataFrame, columns: Sequence[str], others: Hashes) -> Ints:
    """Pairs of rows (n, 2) with nearly equal numbers and equal ``others`` (rows,), which hashes all other columns.

    Two grids, half a step apart, see most pairs that lie on either side of a line.
    """
    counts = frame.select(pl.col(columns).n_unique()).row(0) if columns else ()
    wide = [count > _MANY_VALUES for count in counts]
    if sum(wide) < _FEWEST_COLUMNS:
        return np.zeros((0, 2), dtype=np.int64)
    steps = {name: _step(frame.get_column(name)) for name in columns}
    numbers = [_thousandths(frame.get_column(name), step) for name, step in steps.items()]
    return np.concatenate([_in_one_cell(frame, steps, others), noisy_copies(numbers, wide, others)])


def _in_one_cell(frame: pl.DataFrame, steps: Mapping[str, float], others: Hashes) -> Ints:
    """Pairs of rows (n, 2) in one cell of a grid of thousandths, if that grid is believed."""
    rows = np.arange(frame.height, dtype=np.int64)
    exact, fine, coarse = (_cells(frame, steps, others, width, 0.0) for width in (0.0, 1.0, _COARSER))
    equal = pairs_of(exact)
    if pairs_of(coarse) - equal > _GROWTH * max(pairs_of(fine) - equal, 2):
        return np.zeros((0, 2), dtype=np.int64)
    return np.concatenate([links_of(fine, rows), links_of(_cells(frame, steps, others, 1.0, 0.5), rows)])


def _step(column: pl.Series) -> float:
    """A thousandth of the range of a column, but for its farthest values."""
    values = column.cast(pl.Float64)
    low, high = values.quantile(0.005), values.quantile(0.995)
    return 0.0 if low is None or high is None else (high - low) / _STEPS


def _thousandths(column: pl.Series, step: float) -> Floats64:
    """A column in steps; what is missing is far from all that is there."""
    if step <= 0:  # nearly all values are the same, and any other one is another
        return column.rank("dense").fill_null(0).cast(pl.Float64).to_numpy() * _OTHER
    numbers = column.cast(pl.Float64).fill_null(np.nan).to_numpy() / step
    return np.nan_to_num(np.clip(numbers, -_FAR, _FAR), nan=4 * _FAR) + 0.0


def _cells(frame: pl.DataFrame, steps: Mapping[str, float], others: Hashes, width: float, shift: float) -> Hashes:
    """The cell of the grid each row lies in; ``width`` 0 tells every number from every other."""
    keys = others
    for name, step in steps.items():
        numbers = frame.get_column(name).cast(pl.Float64).fill_null(np.nan).to_numpy()
        # Steps of 0.5: 1.26 lies in cell 2 with 1.49, and in the cell of 1.51 only on the grid that is half a step off.
        cells = np.floor(numbers / (step * width) + shift) if step * width > 0 else numbers
        # + 0.0 makes -0.0 and 0.0, which differ in a bit, one cell.
        keys = chained(keys, mixed((cells + 0.0).view(np.uint64)))
    return keys
