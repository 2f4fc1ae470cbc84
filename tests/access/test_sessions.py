"""Sessions: over with their key, when idle, and at the latest after a week."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from ratchet import clock
from ratchet.access.access import Access
from ratchet.access.audit import Audit
from ratchet.access.sessions import IDLE, LONGEST, is_token, token
from ratchet.access.who import Who
from ratchet.settings import Settings
from ratchet.store.database import Database
from ratchet.store.tables import sessions


@pytest.fixture
def access(database: Database, tmp_path: Path) -> Access:
    return Access(database, Audit.of(database, Settings(root=tmp_path)))


def _signed_in(access: Access, name: str = "ann") -> tuple[str, Who]:
    made = access.keys.add(name, "developer", scopes=["films"])
    access.tend()
    who = access.by_key(made.secret, "10.0.0.1")
    return access.sessions.begin(who), who


def _later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    now, ticks = clock.now() + by, clock.monotonic() + by.total_seconds()
    monkeypatch.setattr(clock, "now", lambda: now)
    monkeypatch.setattr(clock, "monotonic", lambda: ticks)


def test_a_session_is_whose_key_it_was_begun_with(access: Access, database: Database) -> None:
    cookie, who = _signed_in(access)
    found = access.by_cookie(cookie, "10.0.0.2")
    assert found is not None
    assert (found.name, found.role, found.scopes) == (who.name, who.role, who.scopes)
    assert (found.via, found.address) == ("session", "10.0.0.2")
    with database.read() as connection:
        assert cookie not in str(connection.execute(sa.select(sessions)).all())


def test_each_sign_in_is_another_session(access: Access) -> None:
    cookie, who = _signed_in(access)
    assert access.sessions.begin(who) != cookie


def test_a_made_up_cookie_is_nobodys(access: Access) -> None:
    assert access.by_cookie("x" * 43, "local") is None
    assert access.by_cookie("\udc80", "local") is None


def test_a_session_ends_with_its_key(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    cookie, who = _signed_in(access)
    assert access.by_cookie(cookie, "local") is not None
    access.keys.revoke(who.name)
    _later(monkeypatch, timedelta(seconds=2))
    assert access.by_cookie(cookie, "local") is None


def test_signing_out_ends_one_session(access: Access) -> None:
    cookie, who = _signed_in(access)
    other = access.sessions.begin(who)
    access.sessions.end(cookie)
    assert access.by_cookie(cookie, "local") is None
    assert access.by_cookie(other, "local") is not None


def test_an_idle_session_is_over(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    cookie, _ = _signed_in(access)
    _later(monkeypatch, IDLE - timedelta(minutes=1))
    assert access.by_cookie(cookie, "local") is not None, "and is used again"
    _later(monkeypatch, IDLE - timedelta(minutes=1))
    assert access.by_cookie(cookie, "local") is not None
    _later(monkeypatch, IDLE + timedelta(minutes=1))
    assert access.by_cookie(cookie, "local") is None


def test_no_session_lasts_longer_than_a_week(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    cookie, _ = _signed_in(access)
    for _ in range(int(LONGEST / IDLE) * 2 - 1):
        _later(monkeypatch, IDLE / 2)
        assert access.by_cookie(cookie, "local") is not None
    _later(monkeypatch, IDLE / 2)
    assert access.by_cookie(cookie, "local") is None


def test_a_token_belongs_to_one_session() -> None:
    assert is_token(token("a"), "a")
    assert not is_token(token("a"), "b")
    assert not is_token("", "a")
