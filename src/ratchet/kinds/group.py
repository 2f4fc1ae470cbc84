"""Columns that say which rows belong together."""

from __future__ import annotations

import polars as pl

from ratchet.kinds.column import ColumnType, Typed
from ratchet.kinds.text import names_of


class Group(ColumnType):
    """What rows belong to (a patient, a customer): all rows of one value lie on one side of the split."""

    meaning = "what rows belong to, such as a customer: rows of one value stay on one side of the split"

    def typed(self, found: pl.Series) -> Typed:
        return Typed(names_of(found))
