"""The chain: entries of the audit, each with the digest of the one before, only ever added to.

An entry is written in the transaction of the change it tells of, so that neither is there without the other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from ratchet import clock
from ratchet.access.entries import GENESIS, MOST_TARGET, Entry, detail, worded
from ratchet.access.who import present
from ratchet.store.tables import audit

ALONE = "audit"
"""What a transaction may be begun with that does nothing else than add entries."""


def append(
    connection: sa.Connection,
    *,
    action: str,
    target: str,
    classifier: str | None = None,
    before: Any = None,
    after: Any = None,
) -> Entry:
    """Add the entry that whoever acts now did ``action`` to ``target``, in the transaction of the change itself.

    From then on until the transaction ends no other process appends, so call it last.  Passwords in addresses are
    starred out; a key's text, or what a row holds, is never given.
    """
    _wait_for_others(connection)
    last = newest(connection)
    who = present()
    entry = Entry(
        seq=1 if last is None else last.seq + 1,
        at=clock.now() if last is None else max(clock.now(), last.at),
        actor=worded(who.name, 128),
        via=who.via,
        key_id=who.key,
        address=None if who.address is None else worded(who.address, 64),
        action=action,
        classifier=classifier,
        target=worded(target, MOST_TARGET),
        before=detail(before),
        after=detail(after),
        previous=GENESIS if last is None else last.digest,
        digest="",
    )
    entry = replace(entry, digest=entry.sealed())
    connection.execute(sa.insert(audit).values({column.name: getattr(entry, column.name) for column in audit.c}))
    return entry


def newest(connection: sa.Connection) -> Entry | None:
    """The entry that was added last, as a transaction sees it."""
    row = connection.execute(sa.select(audit).order_by(audit.c.seq.desc()).limit(1)).one_or_none()
    return None if row is None else entry_of(row)


def entry_of(row: Any) -> Entry:
    """The entry that a row of the table holds."""
    return Entry(**row._mapping)


def _wait_for_others(connection: sa.Connection) -> None:
    """Let others end who append, and let none begin.  SQLite has but one writer at a time anyway.

    The lock is that of ``Database.begin(alone=ALONE)``, and one transaction may take it twice.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(clock.seed("ratchet", ALONE))))
