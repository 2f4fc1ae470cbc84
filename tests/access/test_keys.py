"""Keys: shown once, kept as a hash, ended for good."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from ratchet import clock
from ratchet.access.access import Access
from ratchet.access.audit import Audit
from ratchet.access.keys import Keys, digest, id_of
from ratchet.access.roles import Role
from ratchet.access.who import Who, acting
from ratchet.errors import NotFoundError, RequestError, TooOftenError, UnknownCallerError
from ratchet.settings import Settings
from ratchet.store.database import Database
from ratchet.store.tables import datasets


@pytest.fixture
def keys(database: Database, tmp_path: Path) -> Keys:
    return Keys(database, Audit.of(database, Settings(root=tmp_path)))


def test_a_key_is_256_random_bits_behind_a_readable_part(keys: Keys) -> None:
    first, second = keys.add("ann"), keys.add("bob")
    assert re.fullmatch(r"rk_[0-9a-f]{8}_[A-Za-z0-9_-]{43}", first.secret)
    assert id_of(first.secret) == first.key.id
    assert first.secret[12:] != second.secret[12:]
    assert first.secret not in repr(first)


def test_what_is_kept_opens_nothing(keys: Keys, database: Database, tmp_path: Path) -> None:
    made = keys.add("ann")
    ((key, known),) = keys.digests()
    assert (key, known) == (made.key, digest(made.secret))
    database.close()
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or made.secret[12:].encode() not in path.read_bytes()


def test_a_scope_is_the_name_of_a_classifier(keys: Keys, database: Database) -> None:
    with pytest.raises(RequestError, match="'filns, loan'") as refused:
        keys.add("ann", scopes=["filns", "films", "loan"], among=["films"])
    assert "films;" in refused.value.todo
    assert keys.every() == []
    row = {"classifier": "loan", "id": "d", "parents": [], "rows": 1, "manifest": {}, "created_at": clock.now()}
    with database.begin() as connection:
        connection.execute(sa.insert(datasets).values(row))
    assert keys.add("ann", scopes=["films", "loan"], among=["films"]).key.scopes == ("films", "loan")


def test_each_change_says_who_made_it(keys: Keys) -> None:
    with acting(Who(name="root", role=Role.ADMIN, via="key")):
        made = keys.add("ann", "developer", scopes=["films"], expires=timedelta(days=1))
    assert (made.key.created_by, made.key.role, made.key.scopes) == ("root", Role.DEVELOPER, ("films",))
    with acting(Who(name="eve", role=Role.ADMIN, via="key")):
        ended = keys.revoke("ann")
    assert (ended.id, ended.state, ended.revoked_by) == (made.key.id, "revoked", "eve")
    assert [each.state for each in keys.every()] == ["revoked"]


@pytest.mark.parametrize("name", ["", " ", "a\nb", "=1+1", "-x", "x" * 129, "<b>", "\x00"])
def test_a_name_that_cannot_be_is_refused(keys: Keys, name: str) -> None:
    with pytest.raises(RequestError, match="no such name"):
        keys.add(name)
    assert keys.every() == []


def test_what_a_key_cannot_be_is_said(keys: Keys) -> None:
    with pytest.raises(RequestError, match="no role 'boss'"):
        keys.add("ann", "boss")
    with pytest.raises(RequestError, match="scopes"):
        keys.add("ann", scopes=[])
    with pytest.raises(RequestError, match="over when it is made"):
        keys.add("ann", expires=timedelta(0))


def test_a_name_is_one_active_key(keys: Keys) -> None:
    keys.add("ann")
    with pytest.raises(RequestError, match="active key named ann"):
        keys.add("ann", "admin")
    keys.revoke("ann")
    assert keys.add("ann").key.state == "active"


def test_a_rotated_key_is_another_of_the_same_kind(keys: Keys) -> None:
    old = keys.add("ann", "labeller", scopes=["films"])
    new = keys.rotate(old.key.id)
    assert (new.key.name, new.key.role, new.key.scopes) == ("ann", Role.LABELLER, ("films",))
    assert [key.id for key, _ in keys.digests()] == [new.key.id]
    graced = keys.rotate("ann", grace=timedelta(hours=1))
    assert {key.id for key, _ in keys.digests()} == {new.key.id, graced.key.id}
    assert keys.revoke("ann").name == "ann", "both"
    assert keys.digests() == []


def test_a_key_that_is_none_is_not_found(keys: Keys) -> None:
    for change in (keys.revoke, keys.rotate):
        with pytest.raises(NotFoundError, match="no key ann"):
            change("ann")
    keys.add("ann")
    keys.revoke("ann")
    with pytest.raises(NotFoundError, match="revoked already"):
        keys.revoke("ann")


def test_the_ring_follows_what_is_added_and_ended(database: Database, tmp_path: Path) -> None:
    access = Access(database, Audit.of(database, Settings(root=tmp_path)))
    made = access.keys.add("ann", "developer")
    with pytest.raises(UnknownCallerError):
        access.by_key(made.secret, "10.0.0.1")
    access.tend()
    who = access.by_key(made.secret, "10.0.0.1")
    assert (who.name, who.role, who.key, who.address) == ("ann", Role.DEVELOPER, made.key.id, "10.0.0.1")
    access.keys.revoke("ann")
    access.tend()
    with pytest.raises(UnknownCallerError, match="revoked"):
        access.by_key(made.secret, "10.0.0.1")


def test_a_key_is_over_at_its_moment_without_being_looked_up_again(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = Access(database, Audit.of(database, Settings(root=tmp_path)))
    made = access.keys.add("ann", expires=timedelta(hours=1))
    access.tend()
    assert access.by_key(made.secret, "local").name == "ann"
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    with pytest.raises(UnknownCallerError):
        access.by_key(made.secret, "local")


def test_the_ring_keeps_what_it_has_while_the_database_is_away(tmp_path: Path) -> None:
    file = tmp_path / "ratchet.db"
    with closing(Database.open(file)) as database:
        access = Access(database, Audit.of(database, Settings(root=tmp_path)))
        made = access.keys.add("ann")
        access.tend()
        file.rename(tmp_path / "away.db")
        access.tend()
        assert access.by_key(made.secret, "local").name == "ann"


def test_an_address_waits_after_five_wrong_keys(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit, now = Audit.of(database, Settings(root=tmp_path)), [100.0]
    access = Access(database, audit)
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    right, other = access.keys.add("ann"), access.keys.add("bob")
    access.tend()
    assert not audit.entries(action="keys.wrong")
    wrong = right.secret[:-1] + ("A" if right.secret[-1] != "A" else "B")
    access.by_key(right.secret, "10.0.0.1")
    for _ in range(5):
        with pytest.raises(UnknownCallerError):
            access.by_key(wrong.replace(right.key.id, "00000000"), "10.0.0.1")
    with pytest.raises(TooOftenError) as told:
        access.by_key(other.secret, "10.0.0.1")
    assert told.value.seconds == 30
    assert access.by_key(right.secret, "10.0.0.1").name == "ann", "in use here before"
    assert access.by_key(other.secret, "10.0.0.2").name == "bob", "another address"
    now[0] += 30
    with pytest.raises(UnknownCallerError):
        access.by_key("rk_", "10.0.0.1")
    with pytest.raises(TooOftenError) as told:
        access.by_key(other.secret, "10.0.0.1")
    assert told.value.seconds == 60
    access.tend()
    (entry,) = audit.entries(action="keys.wrong")
    assert (entry.actor, entry.via, entry.address, entry.target) == (
        "unknown",
        "nobody",
        "10.0.0.1",
        "address 10.0.0.1",
    )
    now[0] += 61
    assert access.by_key(other.secret, "10.0.0.1").name == "bob"


def test_who_guesses_from_everywhere_does_not_fill_the_audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, now = tmp_path / "ratchet.db", [100.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    with closing(Database.open(file)) as database:
        audit = Audit.of(database, Settings(root=tmp_path))
        access = Access(database, audit)

        def guess(*addresses: str) -> None:
            for address in addresses:
                for _ in range(5):
                    with pytest.raises(UnknownCallerError):
                        access.by_key("rk_", address)
            access.tend()

        guess("10.0.0.1")
        guess(*(f"10.0.1.{number}" for number in range(120)))
        assert len(audit.entries()) == 1, "the others of this minute wait"
        now[0] += 60
        file.rename(tmp_path / "away.db")
        access.tend()
        (tmp_path / "away.db").rename(file)
        access.tend()
        access.tend()
        entry, _ = audit.entries(action="keys.wrong")
        assert (entry.target, entry.address, len(entry.after["addresses"])) == ("120 addresses", None, 100)
        assert entry.after["unnamed"] == 20
