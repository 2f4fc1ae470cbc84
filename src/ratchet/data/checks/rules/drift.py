"""How the new rows differ from the ones before, column by column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from ratchet.arrays import Floats64, Ints
from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.findings import Finding
from ratchet.kinds.kind import MEASURED, Kind
from ratchet.statistics.chi2 import chi2
from ratchet.statistics.holm import holm
from ratchet.statistics.ks import ks
from ratchet.statistics.psi import psi
from ratchet.words import number, percent, short

_ALPHA = 0.01
_GREATLY, _NOTABLY = 0.25, 0.1
"""Population stability index: from 0.1 a change worth knowing, from 0.25 a great one (Siddiqi 2006)."""
_BINS, _VALUES = 20, 100
_FEWEST, _RARE = 50, 10
_KS_ROWS = 100_000
_FOR_HOURS, _FOR_WEEKDAYS = 3, 28
"""How many days rows must reach for their hours, and their weekdays, to be held against those of others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """How far a column has shifted: ``psi``, the p-value of its test, what says it best, and examples."""

    psi: float
    p_value: float
    words: str
    examples: tuple[str, ...]


def check_drift(rows: CheckedRows) -> Iterator[Finding]:
    """Columns, and the label, whose values are others than before (Kolmogorov-Smirnov or chi-squared, Holm 1979)."""
    before, now = rows.frame.head(rows.known), rows.frame.tail(len(rows) - rows.known)
    if min(before.height, now.height) < _FEWEST:
        return
    names = [*rows.named(Kind.NUMBER, Kind.DATE, Kind.CATEGORY, Kind.TEXT), rows.schema.label]
    shifts = {
        name: _shift(before.get_column(name), now.get_column(name), rows.schema.features.get(name)) for name in names
    }
    corrected = dict(zip(shifts, holm([each.p_value for each in shifts.values()]), strict=True))
    for name in sorted(shifts, key=lambda each: shifts[each].p_value):
        shift = shifts[name]
        if corrected[name] >= _ALPHA or shift.psi < _NOTABLY:
            continue
        what = "The label" if name == rows.schema.label else f"The column '{name}'"
        yield Finding(
            check="drift",
            severity="warning" if shift.psi >= _GREATLY else "note",
            sentence=f"{what} is not as it was before: {shift.words} (stability index {shift.psi:.2f})",
            count=now.height,
            share=now.height / len(rows),
            examples=shift.examples,
            todo="see whether the source changed or the world did; old scores hold for the old rows only",
            column=name,
            numbers={"psi": shift.psi, "p_value": corrected[name]},
        )


def _shift(before: pl.Series, now: pl.Series, kind: Kind | None) -> Shift:
    if kind is Kind.TEXT:
        shift = _numbers(_lengths(before), _lengths(now))
        return Shift(psi=shift.psi, p_value=shift.p_value, words="length in words, " + shift.words, examples=())
    if kind is Kind.DATE:
        return _dates(before, now)
    if kind in MEASURED:
        return _numbers(before.cast(pl.Float64), now.cast(pl.Float64))
    return _categories(before, now)


def _dates(before: pl.Series, now: pl.Series) -> Shift:
    """Of days and moments what can be compared: where time merely goes on, the hour, the weekday and missing ones."""
    old, new = before.drop_nulls(), now.drop_nulls()
    if not _goes_on(old, new):
        shift = _numbers(before.cast(pl.Int64).cast(pl.Float64), now.cast(pl.Int64).cast(pl.Float64))
        return replace(shift, words=_percent_missing(before, now) or f"median {_day(new)}, was {_day(old)}")
    there = [each.is_null().replace_strict({False: 0.0, True: None}, return_dtype=pl.Float64) for each in (before, now)]
    shifts = [_numbers(there[0], there[1])]
    span = min(_days(old), _days(new))
    for least, form in ((_FOR_HOURS, "%H h"), (_FOR_WEEKDAYS, "%A")):
        if span >= least:
            shifts.append(_categories(old.dt.strftime(form), new.dt.strftime(form)))
    found = min(shifts, key=lambda each: (each.p_value, -each.psi))
    return replace(found, p_value=min(1.0, len(shifts) * found.p_value))


def _goes_on(old: pl.Series, new: pl.Series) -> bool:
    """Whether most of the new rows are later than nearly all that were there."""
    if not len(old) or not len(new):
        return False
    late = np.quantile(old.cast(pl.Int64).to_numpy(), 0.95)
    return bool((new.cast(pl.Int64).to_numpy() > late).mean() > 0.5)


def _days(moments: pl.Series) -> float:
    """How many days they reach from the first to the last."""
    ticks = moments.cast(pl.Int64).to_numpy()
    return float(np.ptp(ticks)) / 86_400e6


def _day(dates: pl.Series) -> str:
    middle = dates.median()
    return f"{middle:%Y-%m-%d}" if isinstance(middle, date) else "none"


def _lengths(texts: pl.Series) -> pl.Series:
    return texts.str.count_matches(r"\S+").cast(pl.Float64)


def _numbers(before: pl.Series, now: pl.Series) -> Shift:
    old, new = (each.drop_nulls().to_numpy() for each in (before, now))
    missing = np.array([[before.null_count(), len(old)], [now.null_count(), len(new)]])
    words = _percent_missing(before, now) or f"median {_median(new)}, was {_median(old)}"
    edges = np.unique(np.quantile(old, np.linspace(0, 1, _BINS + 1)[1:-1])) if len(old) else np.zeros(0)
    if len(edges) == 1:  # one value in (nearly) every row: what is less is as new as what is more
        edges = np.append(np.nextafter(edges, -np.inf), edges)
    counts = [
        np.append(np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1), gone)
        for values, gone in ((old, missing[0, 0]), (new, missing[1, 0]))
    ]
    p_value = chi2(_testable(missing)).p_value
    if len(old) and len(new):
        old, new = (each[:: -(-len(each) // _KS_ROWS)] for each in (old, new))
        p_value = min(1.0, 2 * min(p_value, ks(old, new).p_value))
    return Shift(psi=psi(*counts), p_value=p_value, words=words, examples=())


def _percent_missing(before: pl.Series, now: pl.Series) -> str:
    """How many values are missing and were, where that says it best; else nothing."""
    was, is_now = before.null_count() / len(before), now.null_count() / len(now)
    return f"{percent(is_now)} missing, was {percent(was)}" if abs(was - is_now) > _NOTABLY else ""


def _categories(before: pl.Series, now: pl.Series) -> Shift:
    old = before.value_counts().rename({before.name: "value", "count": "old"})
    new = now.value_counts().rename({now.name: "value", "count": "new"})
    table = old.join(new, on="value", how="full", coalesce=True, nulls_equal=True).fill_null(0)
    table = pl.DataFrame(
        {
            "value": old.join(new, on="value", how="full", coalesce=True, nulls_equal=True)["value"],
            "old": table["old"].cast(pl.Int64),
            "new": table["new"].cast(pl.Int64),
        }
    ).sort("old", descending=True)
    top, rest = table.head(_VALUES), table.tail(max(0, table.height - _VALUES))
    counts = np.stack([[*top[each].to_list(), int(rest[each].sum())] for each in ("old", "new")])
    changes = top.with_columns(
        was=pl.col("old") / len(before),
        now=pl.col("new") / len(now),
    ).with_columns(by=(pl.col("now") - pl.col("was")).abs()).sort("by", descending=True)  # fmt: skip
    value, was, is_now = changes.select("value", "was", "now").row(0)
    words = f"{'empty' if value is None else short(value, 40)} in {percent(is_now)} of the rows, was {percent(was)}"
    fresh = table.filter((pl.col("old") == 0) & pl.col("value").is_not_null())
    return Shift(
        psi=psi(counts[0], counts[1]),
        p_value=chi2(_testable(counts)).p_value,
        words=words,
        examples=tuple(f"new: {short(each, 40)}" for each in fresh["value"].head(3).to_list()),
    )


def _testable(table: Ints) -> Ints:
    """A table (rows, columns) of counts whose columns too rare to test are put together."""
    # [[50, 3, 2], [40, 4, 1]] becomes [[50, 5], [40, 5]]: the test holds where a cell is expected to have a few rows.
    rare = table.sum(axis=0) < _RARE
    return np.column_stack([table[:, ~rare], table[:, rare].sum(axis=1)])


def _median(values: Floats64) -> str:
    return number(float(np.median(values))) if len(values) else "none"
