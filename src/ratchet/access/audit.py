"""The audit of one database: what was done there, by whom; told, read, and verified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Self

import sqlalchemy as sa

from ratchet.access.chain import ALONE, append, entry_of
from ratchet.access.entries import Entry
from ratchet.access.head import Head, Mark
from ratchet.access.moments import moment
from ratchet.access.verified import Verified, walk
from ratchet.errors import RequestError, WorkspaceError
from ratchet.settings import Settings
from ratchet.store.database import Database
from ratchet.store.tables import audit

MOST = 1_000
"""Entries of a page at most."""


class Audit:
    """Adds entries and reads them.

    Promises: `tell` returns once the entry is in the database, and raises where it cannot be, so that what may not go
    untold is not done; `entries` and `verify` change nothing.
    """

    def __init__(self, database: Database, head: Head, *, classifier: str | None = None) -> None:
        """``classifier`` is whose entries `tell` and `witness` add; None: of none."""
        self._database = database
        self._head = head
        self._classifier = classifier

    @classmethod
    def of(cls, database: Database, settings: Settings, classifier: str | None = None) -> Self:
        """That of a database, with the head in the workspace of the settings."""
        return cls(database, Head.of(settings.workspace, settings.database_url), classifier=classifier)

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """A transaction for a change and its entry (`ratchet.access.chain.append`); then the head is noted."""
        with self._database.begin(alone=ALONE) as connection:
            yield connection
        self.note()

    def tell(self, action: str, target: str, *, before: Any = None, after: Any = None) -> Entry:
        """Add an entry by itself; raises `UnavailableError` where the database is away."""
        with self.begin() as connection:
            return self.witness(connection, action, target, before=before, after=after)

    def witness(
        self, connection: sa.Connection, action: str, target: str, *, before: Any = None, after: Any = None
    ) -> Entry:
        """Add an entry in the transaction of the change (`ratchet.store.witness`); `note` the head once it is over."""
        return append(connection, action=action, target=target, classifier=self._classifier, before=before, after=after)

    def note(self) -> None:
        """Keep how the chain ends outside of the database, after a change whose entry was added with it."""
        self._head.note(self._database)

    def entries(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        classifier: str | None = None,
        since: datetime | str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[Entry]:
        """A page of entries, newest first; the next page is ``before`` the ``seq`` of the last.

        ``action`` is a whole one (``keys.add``) or what several begin with (``keys``); ``since`` a moment, or how long
        ago (``7d``).  Raises `RequestError` for what cannot be looked for.
        """
        if not 1 <= limit <= MOST:
            raise RequestError(f"a page of {limit} entries was asked for", todo=f"ask for 1 to {MOST}, then for more")
        query = sa.select(audit).order_by(audit.c.seq.desc()).limit(limit)
        if actor is not None:
            query = query.where(audit.c.actor == actor)
        if action is not None:
            query = query.where(
                sa.or_(audit.c.action == action, audit.c.action.startswith(f"{action}.", autoescape=True))
            )
        if classifier is not None:
            query = query.where(audit.c.classifier == classifier)
        if since is not None:
            query = query.where(audit.c.at >= moment(since))
        if before is not None:
            query = query.where(audit.c.seq < before)
        with self._database.read() as connection:
            return [entry_of(row) for row in connection.execute(query)]

    def verify(self, marks: Sequence[str] = ()) -> Verified:
        """Whether the chain is whole, ends where this machine saw it end or later, and holds each of ``marks``.

        A mark is the ``head`` of an earlier walk, noted elsewhere.  Raises `RequestError` for what is none.
        """
        known, problem = [Mark.parse(each) for each in marks], None
        try:
            seen = self._head.seen()
        except WorkspaceError as error:
            seen, problem = None, error.problem
        found = walk(self._database, [*known, *([seen] if seen is not None else [])])
        if found.whole and problem is not None:
            return replace(found, damage=problem)
        if found.whole and seen is None and not known and found.entries:
            notice = f"no entry was added from here, so nothing here knows of more than these: {self._head.path}"
            return replace(found, notice=notice)
        return found
