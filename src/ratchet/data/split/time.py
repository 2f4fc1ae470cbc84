"""The rule of time: the newest rows are held out, those before them tuned on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from ratchet.arrays import Ints
from ratchet.data.split.sides import EXCLUDED, Sides
from ratchet.errors import DataError

NO_TIME = np.iinfo(np.int64).min
"""The time of a row without one."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def side_by_time(times: Ints, tune_cut: datetime, cut: datetime) -> Sides:
    """The side of each row (rows,) by its moment; a row without one is excluded."""
    # How many of the two cuts lie at or before a moment is its side: with cuts [10, 20] the times 5, 10, 19, 20 lie
    # behind 0, 1, 1 and 2 of them: TRAIN, TUNE, TUNE, HOLDOUT.
    sides = np.searchsorted([_micros(tune_cut), _micros(cut)], times, side="right").astype(np.uint8)
    return np.where(times == NO_TIME, np.uint8(EXCLUDED), sides)


def cuts(times: Ints, *, holdout: float, tune: float, column: str | None) -> tuple[datetime, datetime]:
    """The moments from which rows are tuned on and held out, so that the shares come nearest to those asked for.

    Raises `DataError` where the rows have fewer than two different moments.
    """
    there = np.sort(times[times != NO_TIME])
    if not len(there) or there[0] == there[-1]:
        raise DataError(
            f"the time column '{column}' has fewer than two different moments",
            todo="give the column another kind, so that rows are split by hash",
        )
    cut = _cut(there, holdout)
    before = there[there < cut]
    tune_cut = _cut(before, tune / (1 - holdout)) if before[0] != before[-1] else cut
    return _moment(tune_cut), _moment(cut)


def _cut(times: Ints, share: float) -> int:
    """The moment from which about this share of the sorted times lies, after the first of them."""
    if share == 0:
        return int(times[-1]) + 1
    # Times [1, 1, 2, 3, 3] have the moments [1, 2, 3], first at places [0, 2, 3]: cutting at 2 holds 3 of 5 rows out,
    # at 3 two of 5.  Rows of one moment are never parted.
    moments, first = np.unique(times, return_index=True)
    shares = 1 - first[1:] / len(times)
    return int(moments[1:][np.argmin(np.abs(shares - share))])


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
