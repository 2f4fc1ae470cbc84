"""Columns that say when a row came to be."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from ratchet.kinds.column import ColumnType, Typed
from ratchet.kinds.date import DATE_MISFIT, dates_of
from ratchet.kinds.missing import unread


class Time(ColumnType):
    """When each row came to be: the newest rows are held out.  An answered row came to be when it was asked."""

    meaning = "when each row came to be: the newest rows are held out"
    dtype = pl.Datetime("us")
    misfit = DATE_MISFIT

    def typed(self, found: pl.Series) -> Typed:
        return Typed(dates_of(found))

    def misfits(self, found: pl.Series, values: pl.Series) -> pl.Series:
        return unread(found, values)

    def logged(self, value: Any, at: datetime) -> Any:
        return at if value is None else value
