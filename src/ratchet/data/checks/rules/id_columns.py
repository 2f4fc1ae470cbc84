"""Columns that name the row instead of saying something about it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.findings import Finding
from ratchet.kinds.kind import Kind
from ratchet.words import count_of, percent, short

_UNIQUE, _MOSTLY_UNIQUE = 0.98, 0.5
_FEWEST = 50


def check_id_columns(rows: CheckedRows) -> Iterator[Finding]:
    """A category with a value of its own in (nearly) every row, or a number that counts the rows."""
    if len(rows) < _FEWEST:
        return
    for name in rows.named(Kind.CATEGORY, Kind.NUMBER, Kind.TEXT):
        column = rows.frame.get_column(name).drop_nulls()
        values = column.n_unique()
        if values < _MOSTLY_UNIQUE * max(_FEWEST, len(column)):
            continue
        kind = rows.schema.features[name]
        if kind is Kind.NUMBER:
            named = values == len(column) and _counts(column)
        elif kind is Kind.TEXT:
            named = values >= _UNIQUE * len(column) and not column.str.contains(r"\s").any()
        else:
            named = values >= _UNIQUE * len(column)
        if not named and kind is not Kind.CATEGORY:
            continue
        yield Finding(
            check="id_columns",
            severity="warning" if named else "note",
            sentence=(
                f"The column '{name}' names the row (an id or a counter): "
                f"{values:,} different values in {count_of(len(column), 'row')}"
                if named
                else f"The column '{name}' has a value of its own in most rows: "
                f"{values:,} different ones in {count_of(len(column), 'row')} ({percent(values / len(column))})"
            ),
            count=values,
            share=values / len(rows),
            examples=tuple(short(each) for each in column.head(3).to_list()),
            todo=(
                f'columns.{name} = "ignore": a model can only learn it by heart'
                if named
                else f'columns.{name} = "text" if it holds words, else "ignore": few of its values come again'
            ),
            column=name,
        )


def _counts(column: pl.Series) -> bool:
    """Whether numbers are whole, all different, and either in order or without many gaps."""
    values = column.to_numpy()
    if not (np.isfinite(values) & (values == np.floor(values))).all():
        return False
    earlier, later = values[:-1], values[1:]
    in_order = bool((later > earlier).all() or (later < earlier).all())
    # Halves, as the distance between 1e308 and -1e308 is no number.
    return in_order or bool(values.max() / 2 - values.min() / 2 < 0.75 * len(values))
