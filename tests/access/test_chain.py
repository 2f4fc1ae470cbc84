from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest
import sqlalchemy as sa

from ratchet import clock
from ratchet.access.chain import ALONE, append, entry_of, newest
from ratchet.access.entries import GENESIS, Entry
from ratchet.access.roles import Role
from ratchet.access.who import Who, acting
from ratchet.store.database import Database
from ratchet.store.tables import audit

ANN = Who(name="ann", role=Role.ADMIN, via="key", key="rk_1", address="10.0.0.7")


def _entries(database: Database) -> list[Entry]:
    with database.read() as connection:
        return [entry_of(row) for row in connection.execute(sa.select(audit).order_by(audit.c.seq))]


def test_an_entry_says_who_did_what_to_what_when_from_where_before_and_after(database: Database) -> None:
    start = clock.now()
    with acting(ANN), database.begin() as connection:
        made = append(
            connection, action="promote", target="version 2", classifier="reviews", before={"champion": "1"},
            after={"champion": "2", "share": 0.1},
        )  # fmt: skip
    (kept,) = _entries(database)
    assert kept == made
    assert (kept.actor, kept.via, kept.key_id, kept.address) == ("ann", "key", "rk_1", "10.0.0.7")
    assert (kept.action, kept.target, kept.classifier) == ("promote", "version 2", "reviews")
    assert (kept.before, kept.after) == ({"champion": "1"}, {"champion": "2", "share": 0.1})
    assert start <= kept.at <= clock.now()


def test_each_entry_has_the_digest_of_the_one_before(database: Database) -> None:
    for number in range(5):
        with database.begin(alone=ALONE) as connection:
            append(connection, action="ingest", target=f"dataset {number}", after={"rows": [number, 1.5, "é", None]})
    found = _entries(database)
    assert [each.seq for each in found] == [1, 2, 3, 4, 5]
    assert [each.previous for each in found] == [GENESIS, *(each.digest for each in found[:-1])]
    assert all(each.digest == each.sealed() for each in found), "read back, the bytes are the same"


def test_an_entry_is_there_only_with_the_change_it_tells_of(database: Database) -> None:
    def fail_after() -> None:
        with database.begin() as connection:
            append(connection, action="promote", target="version 2")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after()
    assert _entries(database) == []


def test_times_never_go_back(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.begin() as connection:
        first = append(connection, action="a", target="")
    monkeypatch.setattr(clock, "now", lambda: first.at - timedelta(days=1))
    with database.begin() as connection:
        second = append(connection, action="b", target="")
    assert second.at == first.at


def test_anything_that_is_called_something_can_be_kept(database: Database) -> None:
    odd = Who(name="a\0\n\ud800" * 90, role=Role.USER, via="session", address="::1%" + "z" * 90)
    with acting(odd), database.begin() as connection:
        made = append(connection, action="a", target="\0\ud800\n" * 400, after={"\0": "\ud800", "n": 2**200})
        assert newest(connection) == made
    assert _entries(database)[0].digest == made.sealed()


APPEND_MANY = """
import sys
from ratchet.access.chain import append
from ratchet.store.database import Database
database = Database.open(sys.argv[1])
for turn in range(25):
    with database.begin(alone=["audit", "subjects", None][turn % 3]) as connection:
        append(connection, action="feedback", target=f"{sys.argv[2]} {turn}")
"""


def test_processes_that_append_at_once_make_one_chain_without_a_gap(database: Database, database_url: str) -> None:
    workers = [subprocess.Popen([sys.executable, "-c", APPEND_MANY, database_url, str(each)]) for each in range(3)]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0, 0]
    found = _entries(database)
    assert [each.seq for each in found] == list(range(1, 76))
    assert [each.previous for each in found] == [GENESIS, *(each.digest for each in found[:-1])]
    assert all(each.digest == each.sealed() for each in found)
    assert len({each.target for each in found}) == 75
