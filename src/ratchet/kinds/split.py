"""Columns that say which side of the split a row is on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from ratchet.kinds.column import ColumnType, Typed
from ratchet.kinds.text import texts_of


class Side(ColumnType):
    """The table's own split: train, validation or test.

    An answered row is of the train side unless it says otherwise: nobody has chosen it to be held out.
    """

    meaning = "the table's own split: train, validation or test"
    misfit = "no side of the split"

    def typed(self, found: pl.Series) -> Typed:
        return Typed(texts_of(found))

    def misfits(self, found: pl.Series, values: pl.Series) -> pl.Series:
        return values.is_null()

    def logged(self, value: Any, at: datetime) -> Any:
        return value or "train"
