"""Values that only the newest rows know."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.findings import Finding
from ratchet.kinds.kind import Kind
from ratchet.words import count_of, listed, short

_FEWEST = 1_000
_NEW = 0.8
_SEEN = 20


def check_future_values(rows: CheckedRows) -> Iterator[Finding]:
    """Categories that only the newest fifth of the rows know, where there is a time column."""
    time = next((name for name, kind in rows.schema.columns.items() if kind is Kind.TIME), None)
    if time is None or len(rows) < _FEWEST:
        return
    moments = rows.frame.get_column(time).cast(pl.Int64)
    old = moments <= int(moments.quantile(_NEW, "nearest") or 0)
    for name in rows.named(Kind.CATEGORY):
        before = rows.frame.get_column(name).filter(old).unique()
        after = rows.frame.get_column(name).filter(~old).drop_nulls()
        new = after.filter(~after.is_in(before.to_list())).value_counts(sort=True).filter(pl.col("count") >= _SEEN)
        count = int(new["count"].sum())
        if not count:
            continue
        yield Finding(
            check="future_values",
            severity="note",
            sentence=(
                f"{count_of(new.height, 'value')} of '{name}' came up only in the newest fifth of the rows "
                f"({count_of(count, 'row')}): {listed(short(each) for each in new[name].to_list())}"
            ),
            count=count,
            share=count / len(rows),
            examples=tuple(f"{value}: {count_of(number, 'row')}" for value, number in new.head(3).iter_rows()),
            todo=f"expect that '{name}' goes on changing; retrain when it drifts",
            column=name,
        )
