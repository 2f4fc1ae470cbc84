"""Whether the audit is whole: every entry as it was written, none missing, none added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from ratchet.access.chain import entry_of
from ratchet.access.entries import GENESIS, Entry
from ratchet.access.head import Mark
from ratchet.store.database import Database
from ratchet.store.tables import audit

_PAGE = 1_000
"""Entries read at a time: memory is flat, and no reader holds the database up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """What a walk along the audit found."""

    entries: int
    """How many follow one another, from the first on, as they were written."""
    head: str | None
    """The mark of the last of them: note it elsewhere, and a later walk can be held against it."""
    damage: str | None = None
    """What is wrong first, in a sentence."""
    at: int | None = None
    """The first entry that was changed, added or is missing."""
    notice: str | None = None
    """What could not be told."""

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return self.damage is None


def walk(database: Database, marks: Sequence[Mark] = ()) -> Verified:
    """Walk along all entries; each of ``marks``, seen before the walk began, has to be met on it.

    Raises `UnavailableError` where the database is away.
    """
    known = {mark.seq: mark.digest for mark in marks}
    last: Entry | None = None
    for expected, entry in enumerate(_entries(database), 1):
        wrong = _unlike(expected, entry, GENESIS if last is None else last.digest, known)
        if wrong is not None:
            return replace(_so_far(last), at=wrong[0], damage=wrong[1])
        last = entry
    found = _so_far(last)
    newest = max(known, default=0)
    if newest > found.entries:
        first = found.entries + 1
        which = f"entry {first} is" if newest == first else f"entries {first} to {newest} are"
        return replace(found, at=first, damage=f"{which} missing: {newest} was there, and the last is {found.entries}")
    return found


def _unlike(expected: int, entry: Entry | None, previous: str, known: dict[int, str]) -> tuple[int, str] | None:
    """Which entry is not as it was written, and why; None where this one is."""
    if entry is None:
        return expected, f"entry {expected} was changed: it cannot be read"
    if entry.seq > expected:
        return expected, f"entry {expected} is missing: after entry {expected - 1} comes {entry.seq}"
    if entry.seq < expected:
        return entry.seq, f"entry {entry.seq} was added: the first is 1"
    if not _is_sealed(entry):
        return expected, f"entry {expected} was changed: its digest is of something else"
    if entry.previous != previous:
        changed = max(expected - 1, 1)
        return changed, f"entry {changed} was changed, its digest with it: entry {expected} was written after another"
    if entry.digest != known.get(expected, entry.digest):
        return expected, f"entry {expected} is not the one that was there: it, or one before it, was written anew"
    return None


def _is_sealed(entry: Entry) -> bool:
    try:
        return entry.digest == entry.sealed()
    except (ValueError, TypeError, AttributeError):  # of a type that none of ours has
        return False


def _so_far(last: Entry | None) -> Verified:
    if last is None:
        return Verified(entries=0, head=None)
    return Verified(entries=last.seq, head=str(Mark(seq=last.seq, digest=last.digest)))


def _entries(database: Database) -> Iterator[Entry | None]:
    """All entries in order; None for the first that cannot be read, and nothing after it."""
    after: int | None = None
    size = _PAGE
    while True:
        query = sa.select(audit).order_by(audit.c.seq).limit(size)
        with database.read() as connection:
            try:
                rows = connection.execute(query if after is None else query.where(audit.c.seq > after)).all()
            except (ValueError, TypeError):  # a moment or a document that is none
                if size == 1:
                    yield None
                    return
                size = 1
                continue
        if not rows:
            return
        for row in rows:
            yield entry_of(row)
        after = rows[-1].seq
