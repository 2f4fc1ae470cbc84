"""Columns of dates and times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, ClassVar

import numpy as np
import polars as pl

from ratchet.kinds.column import Column, FeatureType, Typed
from ratchet.kinds.missing import NOTHING, unread
from ratchet.kinds.moments import DAY_NUMBERS, EPOCHS, moment_of

DATE_MISFIT = "not a date or time (such as 2026-03-31 or 2026-03-31T12:00:00Z)"

_WITH_ZONE = ("%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z")
_NAIVE = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M")
_DAYS = ("%Y-%m-%d", "%d.%m.%Y", "%Y-%m")


def dates_of(found: pl.Series) -> pl.Series:
    """A column as Datetime("us") in UTC, null where a value is no date.

    Texts: ISO 8601 in its usual spellings (``2026-03-31``, ``2026/03/31 12:00``, ``2026-03-31T12:00:00.5+02:00``,
    ``20260331``), and ``31.03.2026``; a time without a zone is UTC.  Numbers, also as texts: seconds, milliseconds or
    microseconds since 1970, by their size.  ``03/04/2026`` is refused: it has two meanings.
    """
    dtype = found.dtype
    if isinstance(dtype, pl.Datetime):
        return (found.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if dtype.time_zone else found).cast(
            pl.Datetime("us")
        )
    if dtype == pl.Date:
        return found.cast(pl.Datetime("us"))
    if dtype == pl.String:
        return _of_texts(found)
    if isinstance(dtype, pl.Categorical | pl.Enum):
        return _of_texts(found.cast(pl.String))
    if dtype.is_numeric():
        return _of_numbers(found.cast(pl.Float64))
    return pl.Series(found.name, [None] * len(found), dtype=pl.Datetime("us"))


def _of_numbers(found: pl.Series) -> pl.Series:
    number = pl.col("n")
    micros = pl.lit(None, dtype=pl.Float64)
    for below, scale in reversed(EPOCHS):
        micros = pl.when(number.abs() < below).then(number * scale).otherwise(micros)
    moment = micros.cast(pl.Int64, strict=False).cast(pl.Datetime("us"))
    day = pl.when(number.is_between(*DAY_NUMBERS)).then(number.cast(pl.Int64, strict=False).cast(pl.String))
    days = day.str.to_date("%Y%m%d", strict=False).cast(pl.Datetime("us"))
    return pl.DataFrame({"n": found}).select(n=pl.coalesce(days, moment)).get_column("n").rename(found.name)


def _of_texts(found: pl.Series) -> pl.Series:
    text = (
        pl.col("t").str.strip_chars().str.replace(r"^(\d{4})/(\d{1,2})/(\d{1,2})", "$1-$2-$3")
        .str.replace(r"^(\d{4}-\d{1,2}-\d{1,2})[ T]+", "${1}T").str.replace(r"[zZ]$", "+00:00")
        .str.replace(r" ?UTC$", "+00:00")
    )  # fmt: skip
    utc = pl.Datetime("us", "UTC")
    tries = [text.str.to_datetime(form, time_unit="us", strict=False, exact=True) for form in _NAIVE]
    tries += [
        text.str.to_datetime(form, time_unit="us", strict=False).cast(utc).dt.replace_time_zone(None)
        for form in _WITH_ZONE
    ]
    tries += [text.str.to_date(form, strict=False).cast(pl.Datetime("us")) for form in _DAYS]
    dates = pl.DataFrame({"t": found}).select(pl.coalesce(tries).alias("t")).get_column("t")
    if dates.null_count() > found.null_count():
        numbers = _of_numbers(found.str.strip_chars().cast(pl.Float64, strict=False))
        dates = dates.zip_with(dates.is_not_null(), numbers)
    return dates.rename(found.name)


class Date(FeatureType):
    """A day or a moment, in UTC."""

    meaning = "days and moments, in UTC"
    dtype = pl.Datetime("us")
    misfit = DATE_MISFIT
    expected = "a date such as 2024-05-31 or 2024-05-31T08:00:00Z"
    example = "2024-05-31"
    measured = True
    json_schema: ClassVar[Mapping[str, Any]] = {"type": ["string", "null"], "format": "date-time"}

    def typed(self, found: pl.Series) -> Typed:
        return Typed(dates_of(found))

    def misfits(self, found: pl.Series, values: pl.Series) -> pl.Series:
        return unread(found, values)

    def parse(self, values: list[Any]) -> tuple[Column, int]:
        read = np.array([_date(value) for value in values], "datetime64[us]")
        return read, int(np.isnat(read).sum())

    def sequence(self, stored: pl.Series) -> Column:
        return np.asarray(stored.cast(pl.Datetime("us")).to_numpy(), dtype="datetime64[us]")


def _date(value: Any) -> np.datetime64:
    if value is None:
        return np.datetime64("NaT", "us")
    if isinstance(value, np.datetime64):
        moment: np.datetime64 = value.astype("datetime64[us]")
        return moment
    if isinstance(value, str):
        return _written_date(value)
    if isinstance(value, datetime):
        return np.datetime64(value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value, "us")
    if isinstance(value, date):
        return np.datetime64(value, "us")
    raise TypeError


def _written_date(text: str) -> np.datetime64:
    if len(text) == 10 and text[4] == text[7] == "-":
        return np.datetime64(date.fromisoformat(text), "us")
    if text.strip().lower() in NOTHING:
        return np.datetime64("NaT", "us")
    return np.datetime64(moment_of(text), "us")
