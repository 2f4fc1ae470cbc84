"""Columns that say nothing, hardly anything, or two kinds of things."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.wording import count_of, listed, percent, short
from ratchet.data.findings import Finding
from ratchet.kinds.kind import Kind

_NEARLY = 0.98
_MOSTLY_EMPTY = 0.5
_NUMBERS = 0.5


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
        severity="warning",
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
        todo='give them the kind "ignore": they tell no rows apart',
        column=one.name if len(same) == 1 else None,
    )


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
