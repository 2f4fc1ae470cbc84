"""A record that the disk refuses goes straight to the database, or its request is refused."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ratchet.errors import UnavailableError
from ratchet.predictions import straight
from ratchet.predictions.insert import Shipped
from ratchet.predictions.log import PredictionLog
from ratchet.predictions.record import Record
from ratchet.predictions.segment import SegmentWriter
from ratchet.predictions.straight import LIMIT_SECONDS, Straight
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from tests.predictions.test_log import answer, ask
from tests.predictions.test_ship import stored

Make = Callable[..., Record]


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """While this holds True, the disk takes no segment."""
    state, create = [True], SegmentWriter.create

    def made(*args: Any, **named: Any) -> SegmentWriter:
        if state[0]:
            raise OSError(28, "No space left on device")
        return create(*args, **named)

    monkeypatch.setattr(SegmentWriter, "create", made)
    return state


def test_what_the_disk_refuses_is_in_the_database_before_it_is_answered(
    database: Database, blobs: Blobs, tmp_path: Path, full: list[bool]
) -> None:
    log = PredictionLog(database, blobs, "films", tmp_path / "spool")
    answers = [answer() for _ in range(4)]
    log.record([ask({"at": at, "text": "x" * 20_000}) for at in range(3)], answers[:3])
    assert stored(database) == {each.id for each in answers[:3]}
    assert log.get(answers[1].id).row["at"] == 1
    assert log.problems() == (
        f"the spool {tmp_path / 'spool'} cannot be written (No space left on device): "
        "answers go straight to the database",
    )
    full[0] = False
    log.tend()
    assert log.problems() == (), "the disk is looked at again"
    log.record([ask()], answers[3:])
    assert (log.state().logged, log.state().held) == (4, 0)
    log.close()
    assert stored(database) == {each.id for each in answers}


def test_where_neither_takes_it_the_request_is_refused_soon(
    database: Database, blobs: Blobs, tmp_path: Path, full: list[bool]
) -> None:
    log = PredictionLog(database, blobs, "films", tmp_path / "spool")
    with closing(sqlite3.connect(tmp_path / "ratchet.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for _ in range(3):
            started = time.monotonic()
            with pytest.raises(
                UnavailableError, match=r"No space left on device.*nor does the database take .*kept busy"
            ):
                log.record([ask()], [answer()])
            assert time.monotonic() - started < 10  # SQLite's own patience is 30 s
        assert "requests are refused" in log.problems()[0]
        other.execute("ROLLBACK")
    assert log.state().logged == log.state().held == 0
    log.close()
    assert stored(database) == set()


def test_the_patience_of_others_is_as_it_was(
    database: Database, blobs: Blobs, tmp_path: Path, full: list[bool]
) -> None:
    log = PredictionLog(database, blobs, "films", tmp_path / "spool")
    log.record([ask()], [answer()])
    with database.begin() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 30_000
    log.close()


def test_a_spec_may_have_them_held_and_what_is_lost_so_is_said(
    database: Database, blobs: Blobs, tmp_path: Path, full: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ratchet.predictions.log.CLOSE_SECONDS", 0.2)
    log = PredictionLog(database, blobs, "films", tmp_path / "spool", unlogged="hold")
    with closing(sqlite3.connect(tmp_path / "ratchet.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        log.record([ask()] * 3, [answer() for _ in range(3)])
        assert "3 wait in memory" in log.problems()[0]
        with pytest.raises(UnavailableError, match=r"3 predictions of films were answered and could not be saved"):
            log.close()
        other.execute("ROLLBACK")
    log.ship()
    log.close()
    assert len(stored(database)) == 3


def test_a_database_that_says_nothing_is_left_after_a_while_and_not_asked_again(
    make_record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(straight, "LIMIT_SECONDS", 0.1)
    asked, over = list[int](), threading.Event()

    def frozen(records: Any) -> Shipped:
        asked.append(len(records))
        over.wait(60)
        return Shipped(records=len(records))

    saving = Straight(frozen)
    assert saving.save([make_record()]) == "the database has not answered for 0.1 s"
    saving._backoff.succeeded()
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(saving.save, [[make_record()]] * 8)) == {"the database has not answered for 0.1 s"}
    assert asked == [1]
    over.set()
    deadline = time.monotonic() + LIMIT_SECONDS * 10
    while saving.save([make_record()]) is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(asked) == 2
