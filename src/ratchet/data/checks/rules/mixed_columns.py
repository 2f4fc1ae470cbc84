"""Columns that hold two kinds of things."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.findings import Finding
from ratchet.kinds.kind import Kind
from ratchet.words import listed, short

_NUMBERS = 0.5


def check_mixed_columns(rows: CheckedRows) -> Iterator[Finding]:
    """A column of categories that are mostly numbers, with other values among them."""
    for name in rows.named(Kind.CATEGORY):
        counts = rows.frame.get_column(name).drop_nulls().value_counts()
        numeric = counts[name].str.strip_chars().cast(pl.Float64, strict=False).is_not_null()
        numbers, others = counts.filter(numeric), counts.filter(~numeric).sort("count", descending=True)
        total = int(counts["count"].sum())
        if numbers.height < 10 or not others.height or numbers["count"].sum() < _NUMBERS * total:
            continue
        odd = int(others["count"].sum())
        yield Finding(
            check="mixed_columns",
            severity="warning",
            sentence=(
                f"The column '{name}' holds numbers in {int(numbers['count'].sum()):,} rows and words in {odd:,}: "
                f"{listed([short(each, 30) for each in others[name].to_list()])}"
            ),
            count=odd,
            share=odd / len(rows),
            examples=tuple(short(each) for each in [*others[name].head(3).to_list(), *numbers[name].head(2).to_list()]),
            todo=f'empty the cells that hold words and set columns.{name} = "number"',
            column=name,
        )
