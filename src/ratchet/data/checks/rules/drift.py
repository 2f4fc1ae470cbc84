"""How the new rows differ from the ones before, column by column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

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
    if kind in MEASURED:
        return _numbers(before.cast(pl.Float64), now.cast(pl.Float64))
    return _categories(before, now)


def _lengths(texts: pl.Series) -> pl.Series:
    return texts.str.count_matches(r"\S+").cast(pl.Float64)


def _numbers(before: pl.Series, now: pl.Series) -> Shift:
    old, new = (each.drop_nulls().to_numpy() for each in (before, now))
    missing = np.array([[before.null_count(), len(old)], [now.null_count(), len(new)]])
    words = f"median {_median(new)}, was {_median(old)}"
    if abs(missing[0, 0] / len(before) - missing[1, 0] / len(now)) > _NOTABLY:
        words = f"{percent(missing[1, 0] / len(now))} missing, was {percent(missing[0, 0] / len(before))}"
    edges = np.unique(np.quantile(old, np.linspace(0, 1, _BINS + 1)[1:-1])) if len(old) else np.zeros(0)
    counts = [
        np.append(np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1), gone)
        for values, gone in ((old, missing[0, 0]), (new, missing[1, 0]))
    ]
    p_value = chi2(_testable(missing)).p_value
    if len(old) and len(new):
        old, new = (each[:: -(-len(each) // _KS_ROWS)] for each in (old, new))
        p_value = min(1.0, 2 * min(p_value, ks(old, new).p_value))
    return Shift(psi=psi(*counts), p_value=p_value, words=words, examples=())


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
