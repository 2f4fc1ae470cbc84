"""Labels that depend on when: a split at random then judges the past by the future."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from ratchet.arrays import Ints
from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.wording import count_of, listed, percent, short
from ratchet.data.findings import Finding
from ratchet.kinds.kind import Kind

_PARTS = 10
_FEWEST = 1_000
_STRONG = 0.2
"""Cramer's V between the tenths and the labels from which the order matters."""
_TREND = 0.7
"""The rank correlation along the tenths from which a share rises or falls, and does not just come in clumps."""
_RUNS = 5
_NEW = 0.8
_SEEN = 20


def check_order(rows: CheckedRows) -> Iterator[Finding]:
    """Class shares that change along the rows, in the order of their time or else as they came."""
    time = next((name for name, kind in rows.schema.columns.items() if kind in {Kind.TIME, Kind.DATE}), None)
    kinds = set(rows.schema.columns.values())
    if len(rows) < _FEWEST or not 2 <= len(rows.classes) <= 100 or Kind.SPLIT in kinds or Kind.TIME in kinds:
        return
    labels = rows.labels if time is None else rows.labels[rows.frame.get_column(time).arg_sort().to_numpy()]
    if (labels[1:] != labels[:-1]).sum() < _RUNS * _PARTS * len(rows.classes):
        return  # sorted by label: an order made by hand, that says nothing of time
    part = np.arange(len(labels)) * _PARTS // len(labels)
    counts = np.bincount(part * len(rows.classes) + labels, minlength=_PARTS * len(rows.classes))
    shares = counts.reshape(_PARTS, -1) / np.bincount(part)[:, None]
    strength = _cramers_v(counts.reshape(_PARTS, -1))
    if strength < _STRONG:
        return
    place = int(np.argmax(shares.max(axis=0) - shares.min(axis=0)))
    if abs(np.corrcoef(np.arange(_PARTS), shares[:, place].argsort().argsort())[0, 1]) < _TREND:
        return
    first, last = float(shares[0, place]), float(shares[-1, place])
    yield Finding(
        check="order",
        severity="warning",
        sentence=(
            f"The label depends on {'the order of the rows' if time is None else repr(time)}: "
            f"{short(rows.classes[place])} makes up {percent(first)} of the first tenth and {percent(last)} of the last"
        ),
        count=len(rows),
        share=1.0,
        examples=(f"{rows.classes[place]} by tenths: " + ", ".join(f"{each:.0%}" for each in shares[:, place]),),
        todo=(
            ("if they came in this order, " if time is None else "")
            + f'columns.{time or "NAME"} = "time", for the column that says when'
            + ": the newest rows are then held out, where a split at random looks into the future"
        ),
        column=time,
        numbers={"cramers_v": strength, "first": first, "last": last},
    )


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


def _cramers_v(table: Ints) -> float:
    """How strongly rows and columns of a table go together, 0 to 1 (Cramer 1946)."""
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / table.sum()
    chi2 = float(((table - expected) ** 2 / np.maximum(expected, 1e-12)).sum())
    return float(np.sqrt(chi2 / (table.sum() * (min(table.shape) - 1))))
