"""calendar.v1: a date as how long ago it was, and where in the year, the week and the day it lies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np

from ratchet.arrays import Floats64
from ratchet.features.encoder import Column, Matrix, State, Target
from ratchet.kinds.kind import Kind

_DAY = 86_400_000_000
_YEAR = 365.25
_NAMES = (
    "years since the middle", "year, sine", "year, cosine", "day of the month", "week, sine", "week, cosine",
    "at a weekend", "day, sine", "day, cosine", "is missing",
)  # fmt: skip


class Calendar:
    """Ten outputs: years from the median training date (held within 50), circles of year, week and day, and flags.

    A missing date is the median date with its flag set.
    """

    name: ClassVar[str] = "calendar.v1"
    reads: ClassVar[frozenset[Kind]] = frozenset({Kind.DATE})
    supervised: ClassVar[bool] = False

    def __init__(self, middle: int = 0) -> None:
        self._middle = middle

    def fit(self, column: Column, target: Target | None = None) -> Self:
        moments = np.asarray(column, dtype="datetime64[us]")
        seen = moments[~np.isnat(moments)].astype(np.int64)
        return type(self)(int(np.median(seen)) if len(seen) else 0)

    def transform(self, column: Column) -> Matrix:
        moments = np.asarray(column, dtype="datetime64[us]")
        missing = np.isnat(moments)
        ticks = np.where(missing, self._middle, moments.astype(np.int64))
        days = ticks // _DAY
        time = (ticks - days * _DAY) / _DAY
        weekday = (days + 3) % 7  # 1970-01-01 was a Thursday
        months = days.astype("datetime64[D]").astype("datetime64[M]")
        month_day = (days - months.astype("datetime64[D]").astype(np.int64)) / 31
        years = np.clip((ticks - self._middle) / _DAY / _YEAR, -50, 50)
        outputs = (
            years, *_circle(days / _YEAR), month_day, *_circle(weekday / 7), weekday >= 5, *_circle(time), missing,
        )  # fmt: skip
        return Matrix(np.stack(outputs, axis=1).astype(np.float32))

    @property
    def widths(self) -> tuple[int, int]:
        return len(_NAMES), 0

    @property
    def known(self) -> frozenset[str] | None:
        return None

    def names(self) -> Sequence[str]:
        return _NAMES

    def state(self) -> State:
        return State(meta={"middle": self._middle})

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls(int(state.meta["middle"]))


def _circle(turns: Floats64) -> tuple[Floats64, Floats64]:
    return np.sin(2 * np.pi * turns), np.cos(2 * np.pi * turns)
