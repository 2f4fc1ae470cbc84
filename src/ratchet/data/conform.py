"""Values made into what their columns are meant to hold; rows with values that cannot be are set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

import numpy as np
import polars as pl

from ratchet.arrays import Ints
from ratchet.data.readers.batch import BadRow, Batch
from ratchet.errors import DataError
from ratchet.kinds.cells import called, shown
from ratchet.kinds.kind import Kind
from ratchet.spec import Spec
from ratchet.words import nearest

_MISSED, _NAMED = 5, 30
"""So many of the columns that are not there, and of those that are, a message names; the rest it counts."""


def conform(
    batch: Batch, spec: Spec, *, labelled: bool = True, blanked: Counter[str] | None = None
) -> tuple[pl.DataFrame, tuple[BadRow, ...]]:
    """A batch typed by the spec's kinds, and its rows that do not fit.

    The frame has the spec's columns but the ignored ones, in the spec's order, then columns named only by
    ``gate.slices`` (as categories), then the label; other columns are left out.  Each is as its kind stores it
    (`ratchet.kinds.column.ColumnType.dtype`); texts are never empty, numbers finite or null.  NaN and infinities become
    null and are counted by column in ``blanked``.

    A row without a label is bad, unless not ``labelled``: then the label, group, time and split columns are not
    looked at.  Raises `DataError` that names the nearest columns where one is absent, and where a column is such that
    no row of it could be good.
    """
    wanted = wanted_columns(spec, labelled=labelled)
    check_present(wanted, batch.frame.columns, batch.origin)
    rows = batch.rows()
    series: list[pl.Series] = []
    bad: list[BadRow] = []
    for name, kind in wanted.items():
        found = batch.frame.get_column(name)
        typed = kind.column.typed(found)
        if blanked is not None and typed.blanked:
            blanked[name] += typed.blanked
        values, failed, reason = typed.values, kind.column.misfits(found, typed.values), kind.column.misfit
        if name == spec.label:
            values = values.str.strip_chars().replace("", None)
            failed, reason = values.is_null(), "no label"
        series.append(values)
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


def check_present(
    wanted: Collection[str],
    found: Collection[str],
    origin: str,
    *,
    todo: str = "correct the name in the spec or in the table",
) -> None:
    """Raises `DataError` where a wanted column is not among those found, with the nearest names and ``todo``."""
    absent = [name for name in wanted if name not in found]
    if not absent:
        return
    hints = [f"'{name}' may be '{near}'" for name in absent[:_MISSED] if (near := nearest(name, found))]
    names = named((f"'{called(name)}'" for name in absent), _MISSED)
    raise DataError(
        f"{origin} has no column {names}; it has {named(map(called, found))}",
        todo="; ".join([*hints, todo]),
    )


def named(names: Iterable[str], most: int = _NAMED) -> str:
    """Names in a row, the first of them where they are many, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - most:,} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def _located(found: pl.Series, failed: pl.Series, rows: Ints, origin: str, reason: str) -> Iterator[BadRow]:
    for place in failed.arg_true().to_list():
        value = found[place]
        text = "nothing" if value is None or value == "" else shown(value)
        yield BadRow(origin=origin, row=int(rows[place]), column=found.name, found=text, reason=reason)
