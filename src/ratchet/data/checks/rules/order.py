"""Labels that depend on time: under a random split a model is then judged on rows older than those it learned from."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.findings import Finding
from ratchet.kinds.kind import Kind
from ratchet.statistics.chi2 import cramers_v
from ratchet.words import percent, short

_PARTS = 10
_FEWEST = 1_000
_STRONG = 0.2
"""Cramer's V between the tenths and the labels from which the order matters."""
_TREND = 0.7
"""The rank correlation along the tenths from which a share rises or falls, and does not just come in clumps."""
_RUNS = 5


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
    strength = cramers_v(counts.reshape(_PARTS, -1))
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
