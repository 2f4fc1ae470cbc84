"""The audit told to another machine: each entry posted to the webhook that the settings name, in order, until taken."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from contextlib import suppress
from datetime import timedelta
from typing import Any, Self

import sqlalchemy as sa

from ratchet import clock
from ratchet.access.chain import entry_of
from ratchet.access.entries import Entry, canonical
from ratchet.access.outbound import Allowed, post
from ratchet.backoff import Backoff
from ratchet.errors import RatchetError, WorkspaceError
from ratchet.settings import Settings
from ratchet.store.database import Database, insert_ignore
from ratchet.store.tables import audit, deliveries

_log = logging.getLogger("ratchet.access")
TERM = timedelta(seconds=60)
"""How long whoever delivers is left alone after a sign of life: several times what a message may take."""
_LOOK = 0.5
"""Seconds between two looks at least, however many classifiers ask for it."""
_PAGE = 100
"""Entries read at a time."""
_LAST = 2.0
"""Seconds that closing waits for the message that is on its way."""


class Telling:
    """Posts the entries of one database to one address, begun with the first that is added after it was set.

    Promises: an entry is posted until the receiver takes it, and none after it before that; of several processes one
    posts at a time; an entry is posted again only where the process that posted it died, or lost the database, before
    it could note so.  How far it has come is kept in the database.  `tend` waits for neither database nor receiver.
    """

    def __init__(self, database: Database, url: str, secret: str, *, allowed: Allowed, term: timedelta = TERM) -> None:
        self._database = database
        self._url = url
        self._secret = secret
        self._allowed = allowed
        self._term = term
        self._name = f"audit {hashlib.sha256(url.encode()).hexdigest()[:32]}"
        self._owner = clock.new_id()
        self._backoff = Backoff(first=1.0)
        self._starting = threading.Lock()
        self._looked = float("-inf")
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self.problem: str | None = None
        """Why entries wait, in a sentence; None while all is well."""

    @classmethod
    def of(cls, database: Database, settings: Settings) -> Self:
        """That of a database and the settings, which name an address."""
        url, secret = settings.audit_webhook, settings.webhook_secret
        assert url is not None
        assert secret is not None
        return cls(
            database, url.get_secret_value(), secret.get_secret_value(), allowed=Allowed.parse(settings.outbound)
        )

    def tend(self) -> None:
        """Look for what waits and post it, in a thread of its own; later and later while it fails.  Never raises."""
        with self._starting:
            busy = self._thread is not None and self._thread.is_alive()
            if busy or self._over.is_set() or not self._backoff.due or clock.monotonic() - self._looked < _LOOK:
                return
            self._looked = clock.monotonic()
            self._thread = threading.Thread(target=self._try, name="telling the audit", daemon=True)
            with suppress(RuntimeError):  # no thread can be had now
                self._thread.start()

    def deliver(self) -> None:
        """Post what waits, in order, unless another process does; raises where the receiver or the database is away."""
        if not self._is_owing():
            return
        after = self._take()
        if after is None:
            return
        try:
            while entries := self._next(after):
                for entry in entries:
                    if self._over.is_set():
                        return
                    post(self._url, message(entry), self._secret, allowed=self._allowed)
                    if not self._note(entry.seq):
                        return
                    after = entry.seq
        finally:
            with suppress(RatchetError):  # the lease ends by itself
                self._write(lease_until=clock.now())

    def close(self) -> None:
        """Post no more; what waits is posted by whoever is next."""
        self._over.set()
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(_LAST)

    def _try(self) -> None:
        try:
            self.deliver()
        except Exception as error:
            self._backoff.failed()
            problem = f"the audit waits to be told to its webhook: {_worded(error)}"
            if self.problem is None and not self._over.is_set():
                _log.error("%s", problem)
            self.problem = problem
            return
        if self.problem is not None:
            _log.warning("the audit is told to its webhook again")
        self.problem = None
        self._backoff.succeeded()

    def _is_owing(self) -> bool:
        """Whether entries wait; only reads, but for the first time, when it notes where to begin."""
        newest = sa.select(sa.func.coalesce(sa.func.max(audit.c.seq), 0))
        with self._database.read() as connection:
            last = int(connection.scalars(newest).one())
            done: int | None = connection.scalar(sa.select(deliveries.c.seq).where(deliveries.c.name == self._name))
        if done is None:
            with self._database.begin() as connection:
                begun = {"name": self._name, "seq": last, "owner": "", "lease_until": clock.now()}
                insert_ignore(connection, deliveries, [begun])
            return False
        if last < done:
            raise WorkspaceError(
                f"it was told entry {done}, and the last one here is {last}", todo="see ratchet audit --verify"
            )
        return last > done

    def _take(self) -> int | None:
        """Have it in hand: the last entry that was taken, or None where another process has it."""
        now, mine = clock.now(), deliveries.c.owner == self._owner
        taken = (
            sa.update(deliveries)
            .where(deliveries.c.name == self._name, sa.or_(mine, deliveries.c.lease_until <= now))
            .values(owner=self._owner, lease_until=now + self._term)
            .returning(deliveries.c.seq)
        )
        with self._database.begin() as connection:
            done: int | None = connection.scalar(taken)
        return done

    def _next(self, after: int) -> list[Entry]:
        query = sa.select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(_PAGE)
        with self._database.read() as connection:
            return [entry_of(row) for row in connection.execute(query)]

    def _note(self, seq: int) -> bool:
        """Note that an entry was taken; False where another process has taken over meanwhile."""
        return self._write(seq=seq, lease_until=clock.now() + self._term)

    def _write(self, **values: Any) -> bool:
        mine = sa.update(deliveries).where(deliveries.c.name == self._name, deliveries.c.owner == self._owner)
        with self._database.begin() as connection:
            return connection.execute(mine.values(**values)).rowcount == 1


def message(entry: Entry) -> bytes:
    """An entry as it is posted: what its digest is of, and the digest."""
    document = {**json.loads(canonical(entry)), "digest": entry.digest}
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii")


def _worded(error: Exception) -> str:
    if isinstance(error, RatchetError):
        return f"{error.problem}; {error.todo}" if error.todo else error.problem
    return f"an entry cannot be read ({type(error).__name__}); see ratchet audit --verify"
