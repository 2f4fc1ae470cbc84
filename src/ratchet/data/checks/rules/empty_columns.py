"""Columns that are empty, or nearly."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.findings import Finding
from ratchet.kinds.kind import Kind
from ratchet.words import count_of, percent, short

_NEARLY = 0.98
_MOSTLY_EMPTY = 0.5


def check_empty_columns(rows: CheckedRows) -> Iterator[Finding]:
    """A feature that is empty in all rows or in more than half of them."""
    for name in rows.schema.features:
        column = rows.frame.get_column(name)
        missing = column.null_count()
        if rows.schema.features[name] is Kind.TEXT and missing < len(rows):
            continue  # the check of empty texts says it
        if missing / max(1, len(rows)) <= _MOSTLY_EMPTY:
            continue
        there = column.drop_nulls()
        whole = missing == len(rows)
        yield Finding(
            check="empty_columns",
            severity="warning" if missing >= _NEARLY * len(rows) else "note",
            sentence=(
                f"The column '{name}' is empty in every row"
                if whole
                else f"The column '{name}' is empty in {missing:,} of {count_of(len(rows), 'row')} "
                f"({percent(missing / len(rows))})"
            ),
            count=missing,
            share=missing / len(rows),
            examples=() if column.dtype == pl.Binary else tuple(short(each) for each in there.head(3).to_list()),
            todo=f'fill it, or columns.{name} = "ignore"',
            column=name,
        )
