"""Columns that name the row: a running number, a uuid, a short code of its own.

Two copies of a row under two names differ in nothing but the name, so near-duplicates are told without it.
"""

from __future__ import annotations

import polars as pl

from ratchet.data.schema import Schema
from ratchet.kinds.kind import Kind

_OWN = 0.98
"""The share of its values that are another in each row, from which a column names the row."""
_FEWEST = 50
_LONG = 64
"""Bytes; names are short."""


def naming_columns(frame: pl.DataFrame, schema: Schema) -> set[str]:
    """The features that name the row, with nearly every value another; columns typed by `ratchet.data.conform`."""
    if frame.height < _FEWEST:
        return set()
    return {name for name, kind in schema.features.items() if _names(frame.get_column(name), kind)}


def _names(column: pl.Series, kind: Kind) -> bool:
    if kind not in {Kind.NUMBER, Kind.CATEGORY, Kind.TEXT}:
        return False
    values = column.drop_nulls()
    if len(values) < _FEWEST or values.n_unique() < _OWN * len(values):
        return False
    if kind is Kind.NUMBER:  # a measured number has another value in each row, too, but not a whole one
        return bool((values == values.floor()).all())
    return not (values.str.contains(r"\s") | (values.str.len_bytes() > _LONG)).any()
