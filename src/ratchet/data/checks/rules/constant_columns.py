"""Columns that say nothing yet: one value in every row."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.findings import Finding
from ratchet.words import listed, short


def check_constant_columns(rows: CheckedRows) -> Iterator[Finding]:
    """Features with one and the same value in all rows."""
    names = list(rows.schema.features)
    equal = [(pl.col(name) == pl.col(name).first()).all(ignore_nulls=False).fill_null(False) for name in names]
    same = [
        rows.frame.get_column(name) for name, one in zip(names, rows.frame.select(equal).row(0), strict=True) if one
    ]
    if not same or len(rows) == 1:
        return
    one = same[0]
    yield Finding(
        check="constant_columns",
        severity="note",
        sentence=(
            f"The column '{one.name}' has one value in every row"
            if len(same) == 1
            else f"{len(same):,} columns have one value in every row: {listed(repr(each.name) for each in same)}"
        ),
        count=len(same),
        share=len(same) / len(names),
        examples=tuple(
            f"{each.name} is always {'a file' if each.dtype == pl.Binary else short(each[0])}" for each in same[:5]
        ),
        todo='nothing: once they vary, the drift is told; with the kind "ignore" nobody would look at them',
        column=one.name if len(same) == 1 else None,
    )
