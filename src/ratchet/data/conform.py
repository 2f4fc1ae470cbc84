"""Values made into what their columns are meant to hold; rows with values that cannot be are set aside."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Iterator

import numpy as np
import polars as pl

from ratchet.arrays import Ints
from ratchet.data.readers.batch import BadRow, Batch
from ratchet.errors import DataError
from ratchet.kinds.cells import shown
from ratchet.kinds.dates import dates_of
from ratchet.kinds.kind import Kind
from ratchet.kinds.numbers import numbers_of
from ratchet.kinds.texts import texts_of
from ratchet.spec import Spec

_EXPECTED = {
    Kind.NUMBER: "not a number",
    Kind.DATE: "not a date or time (such as 2026-03-31 or 2026-03-31T12:00:00Z)",
    Kind.TIME: "not a date or time (such as 2026-03-31 or 2026-03-31T12:00:00Z)",
    Kind.IMAGE: "not the bytes of a picture",
    Kind.AUDIO: "not the bytes of a recording",
}


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


def conform(
    batch: Batch, spec: Spec, *, labelled: bool = True, blanked: Counter[str] | None = None
) -> tuple[pl.DataFrame, tuple[BadRow, ...]]:
    """A batch typed by the spec's kinds, and its rows that do not fit.

    The frame has the spec's columns but the ignored ones, in the spec's order, then columns named only by
    ``gate.slices`` (as texts), then the label; other columns are left out.  number: Float64, finite or null; category,
    text, group, split, label: String, never empty; date, time: Datetime("us") in UTC; image, audio: Binary.  NaN and
    infinities become null and are counted by column in ``blanked``.

    A row without a label is bad, unless not ``labelled``: then the label, group, time and split columns are not
    looked at.  Raises `DataError` that names the nearest columns where one is absent.
    """
    wanted = wanted_columns(spec, labelled=labelled)
    check_present(wanted, batch.frame.columns, batch.origin)
    rows = batch.rows()
    series: list[pl.Series] = []
    bad: list[BadRow] = []
    for name, kind in wanted.items():
        found = batch.frame.get_column(name)
        values = _typed(found, kind, blanked)
        if name == spec.label:
            values = values.str.strip_chars().replace("", None)
        series.append(values)
        failed, reason = _failures(found, values, kind, label=name == spec.label)
        bad += _located(found, failed, rows, batch.origin, reason)
    frame = pl.DataFrame(series)
    if bad:
        frame = frame.filter(pl.Series(~np.isin(rows, np.array([each.row for each in bad]))))
        bad.sort(key=lambda each: each.row)
    return frame, tuple(bad)


def wanted_columns(spec: Spec, *, labelled: bool = True) -> dict[str, Kind]:
    """The columns that are read from a table, with what each holds: the spec's, those of slices, and the label."""
    if not labelled:
        return {name: kind for name, kind in spec.columns.items() if kind.is_feature}
    wanted = {name: kind for name, kind in spec.columns.items() if kind is not Kind.IGNORE}
    for name in spec.gate.slices:
        wanted.setdefault(name, Kind.CATEGORY)
    return {**wanted, spec.label: Kind.CATEGORY}


def check_present(wanted: Collection[str], found: Collection[str], origin: str) -> None:
    """Raises `DataError` where a wanted column is not among those found, with the nearest names."""
    absent = [name for name in wanted if name not in found]
    if not absent:
        return
    hints = [f"'{name}' may be '{near}'" for name in absent if (near := nearest(name, found))]
    names = ", ".join(f"'{name}'" for name in absent)
    raise DataError(
        f"{origin} has no column {names}; it has {', '.join(found)}",
        todo="; ".join([*hints, "correct the name in the spec or in the table"]),
    )


def nearest(name: str, found: Collection[str]) -> str | None:
    """The name among those found that was most likely meant, or None."""
    folded = {each.casefold(): each for each in found}
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[near[0]] if near else None


def _typed(found: pl.Series, kind: Kind, blanked: Counter[str] | None) -> pl.Series:
    if kind is Kind.NUMBER:
        values = numbers_of(found)
        finite = values.is_finite()
        if not finite.all():
            if blanked is not None:
                blanked[found.name] += int((~finite).sum())
            values = values.set(~finite, None)
        return values
    if kind in {Kind.DATE, Kind.TIME}:
        return dates_of(found)
    if kind in {Kind.IMAGE, Kind.AUDIO}:
        return found if found.dtype == pl.Binary else pl.Series(found.name, [None] * len(found), dtype=pl.Binary)
    return texts_of(found)


def _failures(found: pl.Series, values: pl.Series, kind: Kind, *, label: bool) -> tuple[pl.Series, str]:
    """Which rows are bad for a column, and why."""
    if label:
        return values.is_null(), "no label"
    if kind is Kind.SPLIT:
        return values.is_null(), "no side of the split"
    failed = found.is_not_null() & values.is_null()
    if kind not in _EXPECTED or not failed.any():
        return failed & False, ""
    if found.dtype == pl.String:
        failed &= ~found.str.strip_chars().str.to_lowercase().is_in(NOTHING)
    elif kind is Kind.NUMBER and found.dtype.is_float():
        failed &= found.is_finite()
    return failed, _EXPECTED[kind]


def _located(found: pl.Series, failed: pl.Series, rows: Ints, origin: str, reason: str) -> Iterator[BadRow]:
    for place in failed.arg_true().to_list():
        value = found[place]
        text = "nothing" if value is None or value == "" else shown(value)
        yield BadRow(origin=origin, row=int(rows[place]), column=found.name, found=text, reason=reason)
