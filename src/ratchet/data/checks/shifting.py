"""Columns that part the rows to learn from from those held out: what a model learns of them does not hold there.

A model that asks of one column alone on which side a row lies (a domain classifier; Ben-David et al. 2010, "A theory of
learning from different domains") is right where the column names the time, the batch or the row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from ratchet.arrays import Bools, Floats64, Ints
from ratchet.data.near.components import numbered
from ratchet.data.schema import Schema
from ratchet.kinds.kind import Kind
from ratchet.statistics.ranks import auc

_APART = 0.8
"""The area under the ROC curve of the sides from which a column parts them."""
_SURE = 4.0
"""By how many standard errors the area must lie above one half: by chance 1 column in 30,000 does."""
_HARDLY = 0.1
"""The share of held-out rows whose value is also learned from, below which a category names where its row is from."""
_IN_STEP = 0.95
"""The rank correlation with time, or with the order of the rows, from which a number goes with it."""
_UNIQUE, _OFTEN_UNIQUE = 0.98, 0.5
_FOLDS, _BINS = 3, 64
_FEWEST, _MOST = 20, 50_000


@dataclass(frozen=True, kw_only=True, slots=True)
class ShiftingColumn:
    """A column that parts the sides, how well (area under the ROC curve, out of fold), and what it seems to be."""

    name: str
    auc: float
    what: str

    def __str__(self) -> str:
        return (
            f"'{self.name}', {self.what}, tells the rows held out from those to learn from "
            f"(area under the ROC curve {self.auc:.2f})"
        )


def shifting_columns(frame: pl.DataFrame, schema: Schema) -> tuple[ShiftingColumn, ...]:
    """The features that part the held-out rows from the others and name a time, a batch or a row, in their order.

    ``frame`` is that of a dataset, with ``_side``.  Nothing is looked for where sides are drawn by lot from what the
    rows hold: such a column cannot be there.
    """
    kinds = set(schema.columns.values())
    if "_side" not in frame.columns or not {Kind.TIME, Kind.SPLIT, Kind.GROUP} & kinds:
        return ()
    rows = frame.filter(pl.col("_side") != "excluded")
    if rows.height > _MOST:
        rows = rows[np.sort(np.random.default_rng(0).choice(rows.height, _MOST, replace=False))]
    held = (rows.get_column("_side") == "holdout").to_numpy()
    if min(held.sum(), (~held).sum()) < _FEWEST:
        return ()
    return tuple(_found(rows, schema, held))


def _found(rows: pl.DataFrame, schema: Schema, held: Bools) -> Iterator[ShiftingColumn]:
    """What parts the sides, each column by itself."""
    error, order = _standard_error(rows, schema, held), _order(rows, schema)
    by_group = Kind.GROUP in schema.columns.values()
    for name, kind in schema.features.items():
        column = rows.get_column(name)
        what = _number(column, held, order, by_group) if kind is Kind.NUMBER else _named(column, kind, held)
        if what is None:
            continue
        area = _area(_codes(column), held)
        if area >= _APART and area >= 0.5 + _SURE * error:
            yield ShiftingColumn(name=name, auc=area, what=what)


def _standard_error(rows: pl.DataFrame, schema: Schema, held: Bools) -> float:
    """Of an area that is one half, by the rows of both sides (Mann and Whitney 1947); by their groups, if they have."""
    group = next((name for name, kind in schema.columns.items() if kind is Kind.GROUP), None)
    sizes = [
        int(side.sum()) if group is None else rows.get_column(group).filter(pl.Series(side)).n_unique()
        for side in (held, ~held)
    ]
    return float(np.sqrt((sum(sizes) + 1) / (12 * sizes[0] * sizes[1])))


def _order(rows: pl.DataFrame, schema: Schema) -> Floats64:
    """(rows,) the moment of each row where the table says it, NaN where missing; else its place."""
    time = next((name for name, kind in schema.columns.items() if kind is Kind.TIME), None)
    return np.arange(len(rows), dtype=np.float64) if time is None else _measured(rows.get_column(time))


def _named(column: pl.Series, kind: Kind, held: Bools) -> str | None:
    """What a date, a category or a text seems to name, or None where it says something about the row."""
    if kind is Kind.DATE:
        return "a date"
    one_word = kind is Kind.TEXT and not column.str.contains(r"\s").any()
    return (
        "a name that hardly comes on both sides"
        if _apart(column, held) and (one_word or kind is Kind.CATEGORY)
        else None
    )


def _number(column: pl.Series, held: Bools, order: Floats64, by_group: bool) -> str | None:
    """What a number seems to name, or None where it measures something.

    Of groups every measure may have a value of its own: there, that values hardly come on both sides says nothing.
    """
    values = _measured(column)
    there = ~np.isnan(values) & ~np.isnan(order)
    whole, distinct = bool((values[there] == np.floor(values[there])).all()), len(np.unique(values[there]))
    if whole and distinct >= _UNIQUE * max(_FEWEST, int(there.sum())):
        return "a running number"
    if _in_step(values[there], order[there]):
        return "a number that goes with time"
    return "a number that hardly comes on both sides" if whole and not by_group and _apart(column, held) else None


def _apart(column: pl.Series, held: Bools) -> bool:
    """Whether hardly a held-out row has a value that is also learned from."""
    if column.dtype not in (pl.String, pl.Float64):
        return False
    learned, asked = (column.filter(pl.Series(side)).drop_nulls() for side in (~held, held))
    shared = int(asked.is_in(learned.unique().to_list()).sum())
    return len(asked) >= _FEWEST and len(learned) > 0 and shared <= _HARDLY * len(asked)


def _in_step(values: Floats64, order: Floats64) -> bool:
    """Whether numbers rise or fall with the order nearly throughout (Spearman 1904)."""
    if len(np.unique(values)) < _FEWEST:
        return False
    ranks = [pl.Series(each).rank().to_numpy() for each in (values, order)]
    return bool(abs(np.corrcoef(ranks[0], ranks[1])[0, 1]) >= _IN_STEP)


def _measured(column: pl.Series) -> Floats64:
    """(rows,) numbers, of moments their microseconds, NaN where missing."""
    values = column.cast(pl.Int64) if column.dtype.is_temporal() else column
    return values.cast(pl.Float64).fill_null(np.nan).to_numpy()


def _codes(column: pl.Series) -> Ints:
    """(rows,) a number for each value, or each step of its values where most come once: file names have an order."""
    if column.dtype == pl.String and column.n_unique() <= _OFTEN_UNIQUE * len(column):
        return numbered(column.rank("dense").fill_null(0).cast(pl.Int64).to_numpy())
    values = column.rank("dense").cast(pl.Float64) if column.dtype == pl.String else column
    measured = _measured(values)
    there = ~np.isnan(measured)
    edges = np.unique(np.quantile(measured[there], np.linspace(0, 1, _BINS + 1)[1:-1])) if there.any() else np.zeros(0)
    return numbered(np.where(there, np.searchsorted(edges, measured, side="right") + 1, 0))


def _area(codes: Ints, held: Bools) -> float:
    """The area under the ROC curve of the sides, by the share held out of each row's code in the other folds."""
    folds = np.random.default_rng(0).permutation(len(codes)) % _FOLDS
    size = int(codes.max(initial=0)) + 1
    shares: npt.NDArray[np.float64] = np.empty(len(codes))
    for fold in range(_FOLDS):
        out = folds == fold
        rows = np.bincount(codes[~out], minlength=size)
        shares[out] = ((np.bincount(codes[~out], held[~out], size) + held.mean()) / (rows + 1))[codes[out]]
    return auc(shares[held], shares[~held])
