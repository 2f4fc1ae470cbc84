"""Columns of texts."""

from __future__ import annotations

import polars as pl

from ratchet.kinds.cells import text_of


def texts_of(found: pl.Series) -> pl.Series:
    """A column as String, null where empty; each value as `ratchet.kinds.cells.text_of` writes it."""
    if found.dtype == pl.String:
        return found.replace("", None) if (found == "").any() else found
    if found.dtype.is_integer() or found.dtype in (pl.Boolean, pl.Null):
        return found.cast(pl.String)
    if isinstance(found.dtype, pl.Categorical | pl.Enum):
        return texts_of(found.cast(pl.String))
    if isinstance(found.dtype, pl.Decimal):
        return texts_of(found.cast(pl.Float64))
    return pl.Series(found.name, [text_of(value) for value in found.to_list()], dtype=pl.String)
