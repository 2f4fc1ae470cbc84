"""How the new rows differ from the ones before, column by column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from ratchet.arrays import Floats64, Ints
from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.wording import number, percent, short
from ratchet.data.findings import Finding
from ratchet.kinds.kind import Kind

_ALPHA = 0.01
_SHIFTED, _MOVED = 0.25, 0.1
"""Population stability index: from 0.1 a change worth knowing, from 0.25 a great one (Siddiqi 2006)."""
_BINS, _VALUES = 20, 100
_FEWEST = 50
_KS_ROWS = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """How far a column has moved: ``psi``, the p-value of its test, what says it best, and examples."""

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
    for name, corrected in _holm({name: shift.p_value for name, shift in shifts.items()}).items():
        shift = shifts[name]
        if corrected >= _ALPHA or shift.psi < _MOVED:
            continue
        what = "The label" if name == rows.schema.label else f"The column '{name}'"
        yield Finding(
            check="drift",
            severity="warning" if shift.psi >= _SHIFTED else "note",
            sentence=f"{what} is not as it was before: {shift.words} (stability index {shift.psi:.2f})",
            count=now.height,
            share=now.height / len(rows),
            examples=shift.examples,
            todo="see whether the source changed or the world did; old scores hold for the old rows only",
            column=name,
            numbers={"psi": shift.psi, "p_value": corrected},
        )


def _shift(before: pl.Series, now: pl.Series, kind: Kind | None) -> Shift:
    if kind is Kind.TEXT:
        shift = _numbers(_lengths(before), _lengths(now))
        return Shift(psi=shift.psi, p_value=shift.p_value, words="length in words, " + shift.words, examples=())
    if kind in {Kind.NUMBER, Kind.DATE}:
        return _numbers(before.cast(pl.Float64), now.cast(pl.Float64))
    return _categories(before, now)


def _lengths(texts: pl.Series) -> pl.Series:
    return texts.str.count_matches(r"\S+").cast(pl.Float64)


def _numbers(before: pl.Series, now: pl.Series) -> Shift:
    from scipy.stats import ks_2samp

    old, new = (each.drop_nulls().to_numpy() for each in (before, now))
    missing = np.array([[before.null_count(), len(old)], [now.null_count(), len(new)]])
    words = f"median {_median(new)}, was {_median(old)}"
    if abs(missing[0, 0] / len(before) - missing[1, 0] / len(now)) > _MOVED:
        words = f"{percent(missing[1, 0] / len(now))} missing, was {percent(missing[0, 0] / len(before))}"
    edges = np.unique(np.quantile(old, np.linspace(0, 1, _BINS + 1)[1:-1])) if len(old) else np.zeros(0)
    counts = [
        np.append(np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1), gone)
        for values, gone in ((old, missing[0, 0]), (new, missing[1, 0]))
    ]
    p_value = _chi2(missing)
    if len(old) and len(new):
        thin = (each[:: -(-len(each) // _KS_ROWS)] for each in (old, new))
        p_value = min(1.0, 2 * min(p_value, float(ks_2samp(*thin, method="asymp").pvalue)))
    return Shift(psi=_psi(*counts), p_value=p_value, words=words, examples=())


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
    moved = top.with_columns(
        was=pl.col("old") / len(before),
        now=pl.col("new") / len(now),
    ).with_columns(by=(pl.col("now") - pl.col("was")).abs()).sort("by", descending=True)  # fmt: skip
    value, was, is_now = moved.select("value", "was", "now").row(0)
    words = f"{'empty' if value is None else short(value, 40)} in {percent(is_now)} of the rows, was {percent(was)}"
    fresh = table.filter((pl.col("old") == 0) & pl.col("value").is_not_null())
    return Shift(
        psi=_psi(counts[0], counts[1]),
        p_value=_chi2(counts),
        words=words,
        examples=tuple(f"new: {short(each, 40)}" for each in fresh["value"].head(3).to_list()),
    )


def _psi(old: Ints, new: Ints) -> float:
    """The population stability index of two rows of counts, each smoothed by half a row."""
    was, now = ((each + 0.5) / (each.sum() + 0.5 * len(each)) for each in (old, new))
    return float(((now - was) * np.log(now / was)).sum())


def _chi2(table: Ints) -> float:
    """The p-value of a chi-squared test of independence; columns too rare to test are put together."""
    from scipy.stats import chi2_contingency

    rare = table.sum(axis=0) < 10
    table = np.column_stack([table[:, ~rare], table[:, rare].sum(axis=1)])
    table = table[:, table.sum(axis=0) > 0]
    return float(chi2_contingency(table).pvalue) if table.shape[1] > 1 else 1.0


def _holm(p_values: dict[str, float]) -> dict[str, float]:
    """P-values corrected for how many there are (Holm 1979), smallest first."""
    corrected: dict[str, float] = {}
    highest = 0.0
    for place, name in enumerate(sorted(p_values, key=lambda each: p_values[each])):
        highest = max(highest, min(1.0, p_values[name] * (len(p_values) - place)))
        corrected[name] = highest
    return corrected


def _median(values: Floats64) -> str:
    return number(float(np.median(values))) if len(values) else "none"
