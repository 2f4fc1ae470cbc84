from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ratchet import clock
from ratchet.access.audit import Audit
from ratchet.access.chain import append
from ratchet.access.head import Head
from ratchet.access.moments import moment
from ratchet.access.roles import Role
from ratchet.access.who import Who, acting
from ratchet.errors import RequestError
from ratchet.store.database import Database


@pytest.fixture
def audit(database: Database, tmp_path: Path) -> Audit:
    return Audit(database, Head(tmp_path / "audit.head"), classifier="reviews")


def test_entries_come_newest_first_and_can_be_looked_for(audit: Audit, database: Database) -> None:
    with acting(Who(name="ann", role=Role.ADMIN, via="key")):
        audit.tell("promote", "version 1")
        audit.tell("keys.add", "rk_1")
    audit.tell("keys.revoke", "rk_1")
    with audit.begin() as connection:
        append(connection, action="keysmith", target="x", classifier="other")
    assert [each.seq for each in audit.entries()] == [4, 3, 2, 1]
    assert [each.seq for each in audit.entries(actor="ann")] == [2, 1]
    assert [each.seq for each in audit.entries(action="keys.add")] == [2]
    assert [each.seq for each in audit.entries(action="keys")] == [3, 2]
    assert [each.seq for each in audit.entries(classifier="other")] == [4]
    assert [each.seq for each in audit.entries(limit=2)] == [4, 3]
    assert [each.seq for each in audit.entries(limit=2, before=3)] == [2, 1]
    assert len(audit.entries(since="1h")) == 4
    assert audit.entries(since=clock.now() + timedelta(hours=1)) == []
    assert audit.verify().whole


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_page_has_bounds(audit: Audit, limit: int) -> None:
    with pytest.raises(RequestError, match="a page of"):
        audit.entries(limit=limit)


def test_moments() -> None:
    assert clock.now() - moment("7d") - timedelta(days=7) < timedelta(minutes=1)
    assert moment("2026-01-31") == datetime(2026, 1, 31, tzinfo=UTC)
    assert moment("2026-01-31T10:00:00+02:00") == datetime(2026, 1, 31, 8, tzinfo=UTC)
    for text in ("soon", "7y", "", "999999w"):
        with pytest.raises(RequestError, match="no moment"):
            moment(text)


def test_each_database_has_a_head_of_its_own(tmp_path: Path) -> None:
    urls = [None, "postgresql://a:b@h:5432/x", "postgresql://a:b@h:5432/y", "postgresql://a:b@other:5432/x"]
    heads = {Head.of(tmp_path, url).path for url in urls}
    assert len(heads) == 4
    assert Head.of(tmp_path, "postgresql://a:changed@h:5432/x").path == Head.of(tmp_path, urls[1]).path


TELL_MANY = """
import sys
from pathlib import Path
from ratchet.access.audit import Audit
from ratchet.access.head import Head
from ratchet.store.database import Database
audit = Audit(Database.open(sys.argv[1]), Head(Path(sys.argv[2])))
for turn in range(20):
    audit.tell("feedback", str(turn))
"""


def test_processes_that_tell_at_once_leave_a_whole_chain_and_its_head(
    audit: Audit, database_url: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", TELL_MANY, database_url, str(tmp_path / "audit.head")]
    workers = [subprocess.Popen(command) for _ in range(3)]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0, 0]
    found = audit.verify()
    assert (found.entries, found.whole) == (60, True)
    assert str(Head(tmp_path / "audit.head").seen()) == found.head
