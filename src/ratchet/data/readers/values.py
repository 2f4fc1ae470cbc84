"""Python values of one column, as JSON and databases give them, made into one typed series."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from ratchet.kinds.cells import text_of

_INT64 = 2**63


def series_of(name: str, values: Sequence[Any]) -> pl.Series:
    """A column of one type: texts, whole numbers, numbers, booleans, bytes, dates or times (UTC).

    Values of several types become texts, to be judged by what the column is meant to hold.
    """
    types = set(map(type, values)) - {type(None)}
    if types <= {str}:
        return pl.Series(name, values, dtype=pl.String)
    if types == {int} and all(each is None or -_INT64 <= each < _INT64 for each in values):
        return pl.Series(name, values, dtype=pl.Int64)
    if types <= {int, float, Decimal}:
        with suppress(OverflowError):  # a whole number too large for a float is kept as the text it was
            return pl.Series(name, [None if each is None else float(each) for each in values], dtype=pl.Float64)
    if types == {bool}:
        return pl.Series(name, values, dtype=pl.Boolean)
    if types <= {bytes, bytearray, memoryview}:
        return pl.Series(name, [None if each is None else bytes(each) for each in values], dtype=pl.Binary)
    if types == {date}:
        return pl.Series(name, values, dtype=pl.Date)
    if types == {datetime}:
        return pl.Series(name, [_utc(each) for each in values], dtype=pl.Datetime("us"))
    return pl.Series(name, [text_of(each) for each in values], dtype=pl.String)


def _utc(value: datetime | None) -> datetime | None:
    return value if value is None or value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
