"""Columns of numbers."""

from __future__ import annotations

import polars as pl


def numbers_of(found: pl.Series) -> pl.Series:
    """A column as Float64; null where a value is no number, NaN and infinities left as they are.

    True is 1 and False is 0; texts may stand in blanks; durations become seconds.
    """
    if found.dtype == pl.String:
        return found.str.strip_chars().cast(pl.Float64, strict=False)
    if isinstance(found.dtype, pl.Duration):
        return found.dt.total_microseconds() / 1e6
    if found.dtype.is_numeric() or found.dtype in (pl.Boolean, pl.Null):
        return found.cast(pl.Float64)
    if isinstance(found.dtype, pl.Categorical | pl.Enum):
        return numbers_of(found.cast(pl.String))
    return pl.Series(found.name, [None] * len(found), dtype=pl.Float64)
