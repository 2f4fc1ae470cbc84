"""What stands for a value that is not there."""

from __future__ import annotations

import polars as pl

NOTHING = [
    "",
    "na",
    "n/a",
    "#n/a",
    "nan",
    "inf",
    "-inf",
    "+inf",
    "infinity",
    "-infinity",
    "nat",
    "null",
    "none",
    "?",
    "-",
]
"""What stands for a missing number or date, whatever the case of its letters."""


def unread(found: pl.Series, values: pl.Series) -> pl.Series:
    """Which rows (rows,) hold something in ``found`` that could not be read into ``values``.

    >>> unread(pl.Series(["1", "abc", "N/A", None]), pl.Series([1.0, None, None, None])).to_list()
    [False, True, False, False]
    """
    failed = found.is_not_null() & values.is_null()
    if found.dtype == pl.String and failed.any():
        failed &= ~found.str.strip_chars().str.to_lowercase().is_in(NOTHING)
    return failed
