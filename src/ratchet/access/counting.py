"""Who asked how much: counted in memory as requests are answered, and added to the database about once a second."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import sqlalchemy as sa

from ratchet import clock
from ratchet.backoff import Backoff
from ratchet.errors import RatchetError
from ratchet.store.database import Database, insert_adding
from ratchet.store.tables import usage_hours

_log = logging.getLogger("ratchet.access")
_HOUR = 3600
MOST_HELD = 50_000
"""Counts that are held in memory while the database is away; what would need more is counted as ``OTHERS``."""
OTHERS = "(others)"
"""The caller and route of what was counted while memory held no more."""
_NAME_CHARS = 128
"""How much of a caller's name the table holds."""

Key = tuple[int, str, str, str, str]
"""Hour (since 1970), classifier, caller, route, class."""


class Counting:
    """Counts requests, rows and refusals by hour, classifier, caller, route and class.

    Promises: `add` waits for no database, and threads may share it; what several processes count adds up; while the
    database is away nothing is lost and memory is bounded.  A process that is killed loses the last second.
    """

    def __init__(self, database: Database, *, most_held: int = MOST_HELD) -> None:
        self._database = database
        self._most_held = most_held
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._held: dict[Key, list[int]] = {}
        self._backoff = Backoff(first=1.0)
        self.problem: str | None = None
        """Why what was counted is not in the database yet; None while all is well."""

    def add(
        self, classifier: str, caller: str, route: str, *, label: str = "", requests: int = 0, rows: int = 0,
        refused: int = 0,
    ) -> None:  # fmt: skip
        """Count some; ``label`` is the class that ``rows`` were answered with."""
        key = (int(clock.epoch()) // _HOUR, classifier, caller, route, label)
        with self._lock:
            self._add(key, (requests, rows, refused))

    def _add(self, key: Key, counts: Iterable[int]) -> None:
        found = self._held.get(key)
        if found is None:
            if len(self._held) >= self._most_held:
                key = (*key[:2], OTHERS, OTHERS, "")  # as many as there are hours and classifiers
            found = self._held.setdefault(key, [0, 0, 0])
        for place, count in enumerate(counts):
            found[place] += count

    def flush(self) -> None:
        """Add what is held to the database now; raises `UnavailableError` where that is away, and holds on to it."""
        with self._flushing:
            with self._lock:
                held, self._held = self._held, {}
            try:
                if held:
                    with self._database.begin() as connection:
                        insert_adding(connection, usage_hours, _rows(held))
            except BaseException:
                with self._lock:
                    for key, counts in held.items():
                        self._add(key, counts)
                raise

    def tend(self) -> None:
        """`flush`, with longer waits while it fails; never raises."""
        if not self._backoff.due:
            return
        try:
            self.flush()
        except Exception as error:
            self._backoff.failed()
            found = error.problem if isinstance(error, RatchetError) else repr(error)
            if self.problem is None:
                _log.error("what was asked is counted and cannot be saved yet: %s", found)
            self.problem = f"what callers asked is counted in memory only: {found}"
            return
        self._backoff.succeeded()
        self.problem = None

    def today(self) -> dict[tuple[str, str], tuple[int, int]]:
        """(classifier, caller) -> requests that were not refused, and rows, that the database knows of today (UTC)."""
        midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        of = usage_hours.c
        query = (
            sa.select(of.classifier, of.caller, sa.func.sum(of.requests - of.refused), sa.func.sum(of.rows))
            .where(of.hour >= midnight)
            .group_by(of.classifier, of.caller)
        )
        with self._database.read() as connection:
            return {(row[0], row[1]): (int(row[2]), int(row[3])) for row in connection.execute(query)}


def _rows(held: Mapping[Key, list[int]]) -> list[dict[str, object]]:
    """Rows of the table, no two of one key: names that are cut may become the same."""
    sums: dict[Key, list[int]] = {}
    for (hour, classifier, caller, route, label), counts in held.items():
        found = sums.setdefault((hour, classifier, caller[:_NAME_CHARS], route, label), [0, 0, 0])
        for place, count in enumerate(counts):
            found[place] += count
    return [
        {
            "hour": datetime.fromtimestamp(hour * _HOUR, UTC), "classifier": classifier, "caller": caller,
            "route": route, "label": label, "requests": counts[0], "rows": counts[1], "refused": counts[2],
        }
        for (hour, classifier, caller, route, label), counts in sums.items()
    ]  # fmt: skip
