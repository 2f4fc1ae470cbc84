"""Each kind of damage to the audit, done with the database's own tools, is found and named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ratchet.access.audit import Audit
from ratchet.access.chain import entry_of
from ratchet.access.entries import GENESIS
from ratchet.access.head import Head
from ratchet.access.verified import walk
from ratchet.store.database import Database
from ratchet.store.tables import audit as table


@pytest.fixture
def audit(database: Database, tmp_path: Path) -> Audit:
    """An audit of five entries."""
    made = Audit(database, Head(tmp_path / "audit.head"), classifier="reviews")
    for number in range(1, 6):
        made.tell("promote", f"version {number}", before={"champion": number - 1}, after={"champion": number})
    return made


Damage = Callable[[sa.Connection], Any]


def _set(seq: int, **values: Any) -> Damage:
    return lambda connection: connection.execute(sa.update(table).where(table.c.seq == seq).values(**values))


def _drop(*seqs: int) -> Damage:
    return lambda connection: connection.execute(sa.delete(table).where(table.c.seq.in_(seqs)))


def _swap(connection: sa.Connection) -> None:
    for old, new in ((2, 99), (4, 2), (99, 4)):
        connection.execute(sa.update(table).where(table.c.seq == old).values(seq=new))


def _rewrite(connection: sa.Connection, *, first: int, last: int = 5) -> None:
    """Tell something else of an entry and compute the digests after it anew, up to ``last``."""
    previous = GENESIS
    for row in connection.execute(sa.select(table).order_by(table.c.seq)).all():
        entry = entry_of(row)
        if first <= entry.seq <= last:
            entry = replace(entry, previous=previous, actor="mallory" if entry.seq == first else entry.actor)
            entry = replace(entry, digest=entry.sealed())
            _set(entry.seq, previous=entry.previous, digest=entry.digest, actor=entry.actor)(connection)
        previous = entry.digest


def _earlier(connection: sa.Connection) -> None:
    at = connection.execute(sa.select(table.c.at).where(table.c.seq == 3)).scalar_one()
    _set(3, at=at - timedelta(microseconds=1))(connection)


def _add(connection: sa.Connection, seq: int) -> None:
    row = connection.execute(sa.select(table).where(table.c.seq == 5)).one()
    connection.execute(sa.insert(table).values({**row._mapping, "seq": seq}))


DAMAGES: dict[str, tuple[Damage, int, str]] = {
    "actor": (_set(3, actor="bob"), 3, "changed"),
    "moment": (_earlier, 3, "changed"),
    "target": (_set(1, target="version 7"), 1, "changed"),
    "before": (_set(2, before={"champion": 9}), 2, "changed"),
    "after": (_set(5, after=None), 5, "changed"),
    "address": (_set(4, address="10.0.0.8"), 4, "changed"),
    "classifier": (_set(4, classifier=None), 4, "changed"),
    "digest": (_set(4, digest="f" * 64), 4, "changed"),
    "previous": (_set(4, previous="f" * 64), 4, "changed"),
    "one recomputed": (lambda connection: _rewrite(connection, first=3, last=3), 3, "changed"),
    "all recomputed": (lambda connection: _rewrite(connection, first=2), 5, "written anew"),
    "the first missing": (_drop(1), 1, "missing"),
    "one in the middle missing": (_drop(3), 3, "missing"),
    "several missing": (_drop(2, 3), 2, "missing"),
    "the newest missing": (_drop(5), 5, "missing"),
    "the newest three missing": (_drop(3, 4, 5), 3, "entries 3 to 5 are missing"),
    "all missing": (_drop(1, 2, 3, 4, 5), 1, "entries 1 to 5 are missing"),
    "two swapped": (_swap, 2, "changed"),
    "one added before": (lambda connection: _add(connection, 0), 0, "added"),
    "one added after": (lambda connection: _add(connection, 6), 6, "changed"),
}


def test_an_audit_that_nobody_touched_is_whole(audit: Audit, database: Database) -> None:
    found = audit.verify()
    assert (found.entries, found.damage, found.notice) == (5, None, None)
    assert found.whole
    assert found.head == f"5:{audit.entries()[0].digest}"
    assert walk(database).whole


def test_damage_is_found_and_the_first_entry_named(audit: Audit, database: Database) -> None:
    for name, (damage, first, word) in DAMAGES.items():
        with database.begin() as connection:
            rows = [dict(row._mapping) for row in connection.execute(sa.select(table))]
            damage(connection)
        found = audit.verify()
        assert (found.whole, found.at) == (False, first), name
        assert word in (found.damage or ""), name
        with database.begin() as connection:
            connection.execute(sa.delete(table))
            connection.execute(sa.insert(table), rows)
        assert audit.verify().whole, name


@pytest.mark.parametrize("name", ["the newest missing", "all recomputed"])
def test_what_is_added_later_does_not_hide_damage(audit: Audit, database: Database, name: str) -> None:
    with database.begin() as connection:
        DAMAGES[name][0](connection)
    for number in range(7):
        audit.tell("promote", f"version {number}")
    assert not audit.verify().whole


def test_what_cannot_be_read_is_damage(audit: Audit, database: Database) -> None:
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE audit SET after = '[1' WHERE seq = 3" if connection.dialect.name == "sqlite"
                                   else "UPDATE audit SET after = '[1]' WHERE seq = 3")  # fmt: skip
    found = audit.verify()
    assert (found.at, found.entries) == (3, 2)
    assert "changed" in (found.damage or "")


def test_a_mark_noted_elsewhere_shows_what_no_file_here_can(audit: Audit, database: Database, tmp_path: Path) -> None:
    mark = audit.verify().head or ""
    with database.begin() as connection:
        DAMAGES["all recomputed"][0](connection)
    (tmp_path / "audit.head").unlink()
    assert audit.verify().whole, "nothing here knows better"
    assert "no entry was added from here" in (audit.verify().notice or "")
    assert audit.verify([mark]).at == 5


@pytest.mark.parametrize("content", ["", "5:abc", "0000000000000000009:" + "g" * 64, "\xff"])
def test_a_head_that_was_changed_is_told(audit: Audit, tmp_path: Path, content: str) -> None:
    (tmp_path / "audit.head").write_text(content, "latin-1")
    found = audit.verify()
    assert found.damage is not None or found.notice is not None


def test_the_head_is_for_its_owner_only(audit: Audit, tmp_path: Path) -> None:
    assert (tmp_path / "audit.head").stat().st_mode & 0o777 == 0o600
