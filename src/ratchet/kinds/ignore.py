"""Columns that are left out."""

from __future__ import annotations

import polars as pl

from ratchet.kinds.column import ColumnType, Typed
from ratchet.kinds.text import texts_of


class Ignore(ColumnType):
    """A column that is neither read nor stored, unless a slice of the gate names it: then it is kept as texts."""

    meaning = "left out: no model sees it"

    def typed(self, found: pl.Series) -> Typed:
        return Typed(texts_of(found))
