"""Who asked how much, as it is read: by key, route, class, classifier, hour and day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ratchet import clock
from ratchet.errors import RequestError
from ratchet.store.database import Database
from ratchet.store.tables import usage_hours

BY = ("key", "route", "class", "classifier", "hour", "day")
"""What usage can be told by."""
_COLUMNS = {
    "key": "caller",
    "route": "route",
    "class": "label",
    "classifier": "classifier",
    "hour": "hour",
    "day": "hour",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """What was asked, of one kind."""

    by: dict[str, str]
    """What it was told by -> what that is here; hours and days as they began, in UTC."""
    requests: int
    rows: int
    """Rows that were answered."""
    refused: int
    """Of the requests, those that were answered with an error: a limit, a mistake, something away."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What was asked in a while; counts are by the hour, so those of the hour that ``since`` lies in are all here."""

    by: tuple[str, ...]
    since: datetime
    until: datetime
    counts: tuple[Counted, ...]
    """Hours and days in their order, else the most rows first."""
    total: Counted


def read(
    database: Database,
    *,
    by: Sequence[str] = ("key",),
    since: datetime,
    until: datetime | None = None,
    caller: str | None = None,
    classifier: str | None = None,
) -> Usage:
    """What was asked from the hour of ``since`` to ``until``, told by one thing or several.

    Raises `RequestError` for what it cannot be told by.
    """
    by = tuple(dict.fromkeys(by))
    _check(by)
    of, end = usage_hours.c, until or clock.now()
    columns = [of[name] for name in dict.fromkeys(_COLUMNS[each] for each in by)]
    sums = (sa.func.sum(of.requests), sa.func.sum(of.rows), sa.func.sum(of.refused))
    query = sa.select(*columns, *sums).where(of.hour >= since.replace(minute=0, second=0, microsecond=0), of.hour < end)
    if caller is not None:
        query = query.where(of.caller == caller)
    if classifier is not None:
        query = query.where(of.classifier == classifier)
    with database.read() as connection:
        rows = connection.execute(query.group_by(*columns)).all()
    found: dict[tuple[str, ...], list[int]] = {}
    for row in rows:
        named = dict(zip((each.name for each in columns), row, strict=False))
        kept = found.setdefault(tuple(_text(each, named[_COLUMNS[each]]) for each in by), [0, 0, 0])
        for place, count in enumerate(row[-3:]):
            kept[place] += int(count)
    counts = [_counted(dict(zip(by, key, strict=True)), numbers) for key, numbers in _ordered(by, found)]
    whole = [sum(numbers) for numbers in zip(*found.values(), strict=True)] or [0, 0, 0]
    return Usage(by=by, since=since, until=end, counts=tuple(counts), total=_counted({}, whole))


def _check(by: Sequence[str]) -> None:
    wrong = [each for each in by if each not in BY]
    if wrong or not by:
        raise RequestError(
            f"usage cannot be told by {', '.join(wrong)[:80] or 'nothing'}",
            todo=f"give one or more of {', '.join(BY)}, parted by commas",
        )


def _text(by: str, value: Any) -> str:
    if by == "day":
        return f"{value:%Y-%m-%d}"
    return f"{value:%Y-%m-%dT%H:00Z}" if by == "hour" else str(value)


def _ordered(by: Sequence[str], found: dict[tuple[str, ...], list[int]]) -> list[tuple[tuple[str, ...], list[int]]]:
    """In the order of time where one of them is an hour or a day; then the most rows and requests first."""
    times = [place for place, each in enumerate(by) if each in ("hour", "day")]
    return sorted(
        found.items(), key=lambda each: (*(each[0][place] for place in times), -each[1][1], -each[1][0], each[0])
    )


def _counted(by: dict[str, str], numbers: Sequence[int]) -> Counted:
    requests, rows, refused = numbers
    return Counted(by=by, requests=requests, rows=rows, refused=refused)
