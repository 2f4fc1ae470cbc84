"""Columns of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import numpy as np
import polars as pl

from ratchet.kinds.column import Column, FeatureType, Typed
from ratchet.kinds.missing import unread

_PLAIN = {int, float, bool, type(None)}


def numbers_of(found: pl.Series) -> pl.Series:
    """A column as Float64; null where a value is no number, NaN and infinities left as they are.

    True is 1 and False is 0; texts may stand in blanks; durations become seconds.
    """
    if found.dtype == pl.String:
        return found.str.strip_chars().cast(pl.Float64, strict=False)
    if isinstance(found.dtype, pl.Duration):
        return found.dt.total_microseconds() / 1e6
    if found.dtype.is_numeric() or found.dtype in (pl.Boolean, pl.Null):
        return found.cast(pl.Float64)
    if isinstance(found.dtype, pl.Categorical | pl.Enum):
        return numbers_of(found.cast(pl.String))
    return pl.Series(found.name, [None] * len(found), dtype=pl.Float64)


class Number(FeatureType):
    """A quantity; whatever is not finite counts as missing."""

    meaning = "quantities: true is 1, false is 0"
    dtype = pl.Float64()
    misfit = "not a number"
    expected = "a number"
    example = 1.0
    json_schema: ClassVar[Mapping[str, Any]] = {"type": ["number", "boolean", "null"]}

    def typed(self, found: pl.Series) -> Typed:
        values = numbers_of(found)
        finite = values.is_finite()
        if finite.all():
            return Typed(values)
        return Typed(values.set(~finite, None), blanked=int((~finite).sum()))

    def misfits(self, found: pl.Series, values: pl.Series) -> pl.Series:
        failed = unread(found, values)
        return failed & found.is_finite() if found.dtype.is_float() else failed

    def logged(self, value: Any, at: datetime) -> Any:
        return int(value) if isinstance(value, bool) else value

    def parse(self, values: list[Any]) -> tuple[Column, int]:
        if not set(map(type, values)) <= _PLAIN:
            values = [_number(value) for value in values]
        array = np.array(values, np.float64)
        array[np.isinf(array)] = np.nan
        return array, int(np.isnan(array).sum())

    def sequence(self, stored: pl.Series) -> Column:
        return stored.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _number(value: Any) -> float:
    if value is None:
        return np.nan
    if not isinstance(value, int | float | np.integer | np.floating | np.bool_):
        raise TypeError
    return float(value)
