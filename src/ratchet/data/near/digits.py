"""Rows that are equal once their numbers are written with fewer digits: a table that was exported again.

Each way to write numbers shorter is tried on all rows.  It is believed as the grid is (`ratchet.data.near.grid`): where
cells four times as wide hold hardly more pairs, since by chance there would be more with every dimension.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from ratchet.arrays import Floats64, Hashes
from ratchet.data.near.chance import beyond_chance, pairs_of, together
from ratchet.data.near.naming import naming_columns
from ratchet.data.rowhash import row_hashes
from ratchet.data.schema import Schema
from ratchet.hashing import mixed
from ratchet.kinds.kind import Kind

_DECIMALS = (1, 2, 3, 4)
_DIGITS = (3, 4, 5)
_LARGE, _TINY = 1e300, 1e-280
_COARSER = 4
_GROWTH = 2.0


def equal_in_fewer_digits(frame: pl.DataFrame, schema: Schema) -> Iterator[Hashes]:
    """For each way that rows are believed to have been written in, a key for each row (rows,), equal for equal rows.

    Columns that name the row are left out.
    """
    naming = naming_columns(frame, schema)
    telling = [name for name in schema.features if name not in naming]
    numbers = {
        name: frame.get_column(name).fill_null(np.nan).to_numpy()
        for name in telling
        if schema.features[name] is Kind.NUMBER
    }
    others = [row_hashes(frame, [name]) for name in telling if name not in numbers]
    exact = pairs_of(together([*others, *(_key(each) for each in numbers.values())])) if numbers else 0
    for decimals in _DECIMALS:
        yield from _believed(numbers, {name: _rounded(each, decimals) for name, each in numbers.items()}, others, exact)
    for digits in _DIGITS:
        yield from _believed(numbers, {name: _mantissas(each, digits) for name, each in numbers.items()}, others, exact)


def _believed(
    numbers: Mapping[str, Floats64],
    written: Mapping[str, tuple[Floats64, Floats64]],
    others: list[Hashes],
    exact: int,
) -> Iterator[Hashes]:
    """The key of each row, if more rows share theirs than ``exact`` pairs and than by chance."""
    fine = [*others, *(_key(*each) for each in written.values())]
    keys = together(fine) if numbers else np.zeros(0, dtype=np.uint64)
    found = pairs_of(keys) - exact
    if found <= 0:
        return
    coarse = together([*others, *(_key(np.floor(value / _COARSER), scale) for value, scale in written.values())])
    if pairs_of(coarse) - exact <= _GROWTH * found and beyond_chance(fine):
        yield keys


def _rounded(numbers: Floats64, decimals: int) -> tuple[Floats64, Floats64]:
    """Numbers as whole ones of so many decimals, and 0; those so large that they have none as they are, and 1."""
    large = np.abs(numbers) > _LARGE
    return np.where(large, numbers, np.rint(np.where(large, 0.0, numbers) * 10.0**decimals)), large.astype(np.float64)


def _mantissas(numbers: Floats64, digits: int) -> tuple[Floats64, Floats64]:
    """Numbers as whole ones of so many digits and the power of ten that goes with each."""
    # 5e-324 is read as 5e-24: ten to the power of -326, by which it would be divided, is nothing.
    tiny = np.abs(numbers) < _TINY
    lifted = np.where(tiny, np.where(tiny, numbers, 0.0) * 1e300, numbers)
    size = np.abs(lifted)
    exponents = np.floor(np.log10(size, out=np.zeros_like(size), where=size > 0)) - (digits - 1)
    mantissas = np.rint(lifted / 10.0**exponents)
    over = np.abs(mantissas) >= 10**digits  # 999.6 has become 1000, which is 100 * 10
    return np.where(over, mantissas / 10, mantissas), exponents + over - 300 * (tiny & (size > 0))


def _key(values: Floats64, scale: Floats64 | None = None) -> Hashes:
    """A key for each pair of numbers (rows,); -0.0 is 0.0."""
    keys = (np.where(np.isnan(values), np.nan, values) + 0.0).view(np.uint64)
    return keys if scale is None else keys ^ mixed((np.nan_to_num(scale) + 0.0).view(np.uint64))
