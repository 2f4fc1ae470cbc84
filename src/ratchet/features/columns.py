"""Rows as encoders take them: one sequence per column, made from a table."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from ratchet.errors import DataError
from ratchet.features.encoder import Column, Columns
from ratchet.kinds.kind import Kind


def from_frame(frame: pl.DataFrame, kinds: Mapping[str, Kind]) -> Columns:
    """The feature columns of a table, in the order of ``kinds``; columns that no model sees are left out.

    Numbers become float64 with NaN where missing, dates datetime64[us] with NaT, texts and categories lists of str or
    None, pictures and sounds lists of bytes or None.  Raises `DataError` naming every column that is not there.
    """
    features = {name: kind for name, kind in kinds.items() if kind.is_feature}
    absent = [name for name in features if name not in frame.columns]
    if absent:
        raise DataError(
            f"columns are missing: {', '.join(absent)}",
            todo=f"the table has {', '.join(frame.columns)}; rename them, or correct [columns] in the spec",
        )
    return {name: _column(frame[name], kind) for name, kind in features.items()}


def _column(series: pl.Series, kind: Kind) -> Column:
    if kind is Kind.NUMBER:
        return series.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    if kind is Kind.DATE:
        return np.asarray(series.cast(pl.Datetime("us")).to_numpy(), dtype="datetime64[us]")
    if kind in {Kind.TEXT, Kind.CATEGORY}:
        return series.cast(pl.String).to_list()
    return series.to_list()
