"""Straight into the database, where the disk refuses: the same insert as shipping, that waits but a moment.

It is made while a request waits, maybe on the event loop, so whoever it asks has `LIMIT_SECONDS`, also a server that is
frozen and says nothing at all.  After a failure it is not tried again for a while: requests are refused at once then.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate

from ratchet.backoff import Backoff
from ratchet.predictions.insert import Shipped, problem_of
from ratchet.predictions.record import Record

PATIENCE_SECONDS = 0.5
"""How long to wait for others who write to the database; one that is busy for longer counts as refusing."""
LIMIT_SECONDS = 2.0
"""How long a request waits for an insert that goes on; it may come to its end later, and then stays."""
LONGEST_SECONDS = 5.0
"""How long the database is left alone after a failure, at most."""

Insert = Callable[[Sequence[Record]], Shipped]


class Straight:
    """Inserts records while somebody waits; threads may share it."""

    def __init__(self, insert: Insert) -> None:
        self._insert = insert
        self._backoff = Backoff(first=PATIENCE_SECONDS, longest=LONGEST_SECONDS)
        self._late: Future[Shipped] | None = None
        self._why = ""

    def save(self, records: Sequence[Record]) -> str | None:
        """None once the records are in the database, else why they are not; never raises."""
        if not self._backoff.due or not (self._late is None or self._late.done()):
            return self._why
        work = Future[Shipped]()
        threading.Thread(target=self._run, args=(work, records), name="ratchet-straight", daemon=True).start()
        try:
            work.result(LIMIT_SECONDS)
        except TooLate:
            self._late = work
            self._why = f"the database has not answered for {LIMIT_SECONDS:g} s"
        except Exception as error:
            self._why = problem_of(error)
        else:
            self._backoff.succeeded()
            return None
        self._backoff.failed()
        return self._why

    def _run(self, work: Future[Shipped], records: Sequence[Record]) -> None:
        try:
            work.set_result(self._insert(records))
        except BaseException as error:
            work.set_exception(error)
