"""Moments as people say them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from ratchet import clock
from ratchet.errors import RequestError

_AGO = re.compile(r"(\d{1,6})([mhdw])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def moment(said: datetime | str) -> datetime:
    """The moment that is meant: so long ago (``7d``), or a date, with an hour or without, in UTC unless it says where.

    Raises `RequestError` for what is none.

    >>> moment("2026-03-01").isoformat(), moment("2026-03-01T10:30+01:00").isoformat()
    ('2026-03-01T00:00:00+00:00', '2026-03-01T09:30:00+00:00')
    """
    if isinstance(said, datetime):
        return said
    try:
        if ago := _AGO.fullmatch(said.strip()):
            found = clock.now() - int(ago[1]) * _UNITS[ago[2]]
        else:
            found = datetime.fromisoformat(said.strip())
        return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise RequestError(
            f"{said[:80]!r} is no moment", todo="give how long ago (90m, 12h, 7d, 4w) or a date (2026-01-31)"
        ) from None
