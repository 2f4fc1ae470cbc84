"""A subject can be forgotten wherever the log holds rows."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from sqlalchemy import select

from ratchet import clock
from ratchet.clock import new_id
from ratchet.predictions.cells import Parked, folder_of, read_cell
from ratchet.predictions.feedback import Feedback
from ratchet.predictions.forget import REJECTED, SKEW, LoggedRows
from ratchet.predictions.log import PredictionLog
from ratchet.predictions.record import Record, records, write
from ratchet.predictions.ship import Shipper
from ratchet.serving.prediction import Prediction, Score
from ratchet.serving.request import Request
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from ratchet.store.subjects import Forgotten, HoldsRows
from ratchet.store.tables import feedback, predictions
from ratchet.testing import places


class Everywhere:
    """All places of a log, as the verb will go through them."""

    place = "everywhere"

    def __init__(self, holders: tuple[HoldsRows, ...]) -> None:
        self._holders = holders

    def count(self, subject: str) -> int:
        return sum(each.count(subject) for each in self._holders)

    def forget(self, subject: str) -> Forgotten:
        return Forgotten(place=self.place, rows=sum(each.forget(subject).rows for each in self._holders))


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test's clock can be set ahead."""
    monkeypatch.setattr(LogPlace, "ahead", timedelta())
    monkeypatch.setattr("ratchet.clock.now", lambda now=clock.now: now() + LogPlace.ahead)


@contextmanager
def dated(ahead: timedelta) -> Iterator[None]:
    """What is recorded here is so by a clock that is so far ahead."""
    LogPlace.ahead += ahead
    yield
    LogPlace.ahead -= ahead


class LogPlace:
    """A log on a database and blobs; ``holder`` is one of its places, or all."""

    ahead: ClassVar[timedelta] = timedelta()

    def __init__(self, folder: Path, url: str, place: int | None, *, large: bool, shipped: bool) -> None:
        self.folder = folder
        self.blobs = Blobs.open(folder / "blobs")
        self.database = Database.open(url)
        self.name = f"films{new_id()}"
        self.log = PredictionLog(self.database, self.blobs, self.name, folder / "spool", unlogged="hold")
        holders = self.log.places()
        self.holder: HoldsRows = Everywhere(holders) if place is None else holders[place]
        self._large = large
        self._shipped = shipped
        self._far = PredictionLog(self.database, self.blobs, self.name, folder / "far")
        self._reached = place in {None, 0}

    def put(self, subject: str | None, secret: str) -> None:
        id = self._record(self.log, subject, secret)
        if self._shipped:
            Feedback(self.database, self.name, self.log).record(id, "good", classes=["good"], actor="ann")

    def put_away(self, subject: str | None, secret: str) -> None:
        # Only what the table `forgotten` guards is reached by another machine's rows.
        if self._reached:
            self._record(self._far, subject, secret)
        else:
            self.put(subject, secret)

    def _record(self, log: PredictionLog, subject: str | None, secret: str) -> str:
        text = secret + " " * 20_000 if self._large else secret
        request = Request(classifier=self.name, row={"text": text}, subject=subject)
        id = new_id()
        prediction = Prediction(id, "good", "Good", 0.75, (Score("good", "Good", 0.75),), "4", 0.5)
        log.record([request], [prediction])
        return id

    def later(self) -> None:
        LogPlace.ahead += 2 * SKEW

    def has(self, secret: str) -> bool:
        if any(secret in str(each.row.get("text")) for each in self.log.read(limit=1_000)):
            return True
        parts = ["blobs"] if self._shipped else ["blobs", "spool"]
        files = [path for part in parts for path in (self.folder / part).rglob("*") if path.is_file()]
        return any(sign.encode() in path.read_bytes() for path in files for sign in (secret, _in_json(secret)))

    def settle(self) -> None:
        for spool in ("spool", "far"):
            Shipper(self.folder / spool, self.database, self.blobs).ship()

    def close(self) -> None:
        self.log.close()
        self._far.close()
        self.database.close()


def _in_json(secret: str) -> str:
    return secret.replace('"', '\\"')


KINDS = {
    "database": {"place": 0, "large": False, "shipped": True},
    "spool": {"place": 1, "large": False, "shipped": False},
    "spooled cells": {"place": 1, "large": True, "shipped": False},
    "stored cells": {"place": 2, "large": True, "shipped": True},
    "everywhere": {"place": None, "large": False, "shipped": False},
    "everywhere, cells": {"place": None, "large": True, "shipped": True},
}
"""Place -> how it comes to hold rows.  A live segment keeps what was shipped, which is the spool's to forget."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("check", places.CHECKS, ids=lambda check: check.__name__)
def test_every_place(tmp_path: Path, kind: str, check: Callable[[Callable[[], places.Place]], None]) -> None:
    _check(tmp_path, f"sqlite:///{tmp_path}/ratchet.db", kind, check)


@pytest.mark.parametrize("kind", ["database", "everywhere, cells"])
def test_every_place_that_is_on_a_server(tmp_path: Path, database_url: str, kind: str) -> None:
    _check(tmp_path, database_url, kind, places.check_place)


def _check(folder: Path, url: str, kind: str, check: Callable[[Callable[[], places.Place]], None]) -> None:
    made: list[LogPlace] = []

    def make() -> places.Place:
        made.append(LogPlace(folder / str(len(made)), url, **KINDS[kind]))  # type: ignore[arg-type]
        return made[-1]

    try:
        check(make)
    finally:
        for each in made:
            each.close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[LogPlace]:
    place = LogPlace(tmp_path, f"sqlite:///{tmp_path}/ratchet.db", None, large=False, shipped=False)
    yield place
    place.close()


def test_labels_go_with_the_answers_and_the_sums_by_hour_stay(tmp_path: Path) -> None:
    place = LogPlace(tmp_path, f"sqlite:///{tmp_path}/ratchet.db", 0, large=False, shipped=True)
    place.put("ann", "mine")
    place.put("bob", "theirs")
    assert place.holder.forget("ann") == Forgotten(place=place.holder.place, rows=2)
    with place.database.read() as connection:
        assert list(connection.scalars(select(predictions.c.subject))) == ["bob"]
        assert list(connection.scalars(select(feedback.c.subject))) == ["bob"]
    assert [each.count for each in place.log.hours()] == [2]
    place.close()


def test_another_machines_spool_brings_nothing_back(place: LogPlace, tmp_path: Path) -> None:
    far = PredictionLog(place.database, place.blobs, place.name, tmp_path / "far")
    row = {"text": "mine", "photo": b"picture" * 5_000}
    request = Request(classifier=place.name, row=row, subject="ann")
    far.record([request], [Prediction(new_id(), "good", "Good", 0.75, (), "4", 0.5)])
    place.holder.forget("ann")
    assert far.ship().records == 0
    assert place.log.count() == 0
    assert place.blobs.list() == []
    assert list((tmp_path / "far" / "cells").iterdir()) == []
    far.close()


@pytest.mark.parametrize(
    ("made", "ahead", "kept"),
    [
        ("before", timedelta(0), False),
        ("before", timedelta(seconds=50), False),
        ("after", timedelta(seconds=-50), False),
        ("after", timedelta(seconds=70), True),
        ("before", timedelta(seconds=70), True),  # beyond what clocks are assumed to differ by
    ],
)
def test_within_the_skew_of_clocks_it_is_forgotten_and_counted(
    place: LogPlace, tmp_path: Path, made: str, ahead: timedelta, kept: bool
) -> None:
    far = PredictionLog(place.database, place.blobs, place.name, tmp_path / "far")
    request = Request(classifier=place.name, row={"text": "mine"}, subject="ann")
    if made == "after":
        place.holder.forget("ann")
    with dated(ahead):
        far.record([request], [Prediction(new_id(), "good", "Good", 0.75, (), "4", 0.5)])
    if made == "before":
        place.holder.forget("ann")
    shipped = far.ship()
    assert (shipped.records, shipped.forgotten) == ((1, 0) if kept else (0, 1))
    assert place.log.count() == kept
    far.close()


def test_the_same_subject_of_another_classifier_is_another(place: LogPlace) -> None:
    other = PredictionLog(place.database, place.blobs, "books", place.folder / "spool")
    other.record(
        [Request(classifier="books", row={"text": "a book"}, subject="ann")],
        [Prediction(new_id(), "good", "Good", 0.75, (), "4", 0.5)],
    )
    place.put("ann", "a film")
    place.holder.forget("ann")
    other.ship()
    assert [each.row for each in other.read()] == [{"text": "a book"}]
    assert place.log.read() == []
    other.close()


@pytest.mark.parametrize("second", ["far", "near"])
def test_a_row_sent_again_keeps_its_large_cell(place: LogPlace, tmp_path: Path, second: str) -> None:
    """Whether another process of the same machine sends it, or another machine."""
    logs = [PredictionLog(place.database, place.blobs, place.name, tmp_path / name) for name in ("far", second)]

    def ask(log: PredictionLog) -> None:
        request = Request(classifier=place.name, row={"text": "mine" * 5_000}, subject="ann")
        log.record([request], [Prediction(new_id(), "good", "Good", 0.75, (), "4", 0.5)])

    ask(logs[0])
    place.holder.forget("ann")
    place.later()
    ask(logs[1])
    left_out = [each.ship().forgotten for each in reversed(logs)]
    assert any(left_out)
    (kept,) = place.log.read()
    assert read_cell(kept.cells["text"], place.blobs) == "mine" * 5_000
    assert len(place.blobs.list()) == 1
    for each in logs:
        each.close()


@pytest.mark.parametrize("again", [False, True])
def test_a_cell_whose_record_never_came_is_forgotten_too(place: LogPlace, tmp_path: Path, again: bool) -> None:
    parked = Parked(tmp_path / "far")

    def leave(subject: str | None) -> None:
        before = set(parked.of(place.name, "ann"))
        request = Request(classifier=place.name, row={"text": "left" * 5_000}, subject=subject)
        parked.park(*records([request], [Prediction(new_id(), "good", "Good", 0.75, (), "4", 0.5)]))

        for path in {*parked.of(place.name, "ann")} - before:
            os.utime(path, (clock.now().timestamp(),) * 2)

    for subject in ("ann", "bob", None):
        leave(subject)
    place.holder.forget("ann")
    place.later()
    if again:
        leave("ann")
    LogPlace.ahead += timedelta(hours=2)
    Shipper(tmp_path / "far", place.database, place.blobs).ship()
    assert list((tmp_path / "far" / "cells").iterdir()) == []
    assert len(place.blobs.list(folder_of(place.name, "ann"))) == again
    assert len(place.blobs.list()) == 2 + again


def test_lines_set_aside_are_erased_too(place: LogPlace, make_record: Callable[..., Record]) -> None:
    folder = place.folder / "spool"
    mine = write(make_record(classifier=place.name, subject="ann", row={"text": "secret"}))
    theirs = write(make_record(classifier=place.name, subject="bob"))
    folder.mkdir()
    (folder / REJECTED).write_bytes(mine[:-30] + b"\n" + theirs + mine)
    assert place.holder.count("ann") == 2
    place.holder.forget("ann")
    left = (folder / REJECTED).read_bytes()
    assert b"secret" not in left
    assert theirs in left


def test_what_is_held_in_memory_is_let_go(place: LogPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ratchet.predictions.segment.SegmentWriter.create", full)
    with monkeypatch.context() as away:
        away.setattr("ratchet.predictions.straight.Straight._run", lambda _, work, __: work.set_exception(OSError()))
        place.put("ann", "mine")
        place.put("bob", "theirs")
    assert place.holder.count("ann") == 1
    place.holder.forget("ann")
    assert place.log.state().held == 1
    place.log.ship()
    assert [each.subject for each in place.log.read()] == ["bob"]


def test_sqlite_overwrites_what_it_deletes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ratchet.db"
    place = LogPlace(tmp_path, url, 0, large=False, shipped=True)
    place.put("ann", "a most secret text")
    LoggedRows(place.database, place.name).forget("ann")
    place.close()
    with closing(sqlite3.connect(tmp_path / "ratchet.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"a most secret text" not in (tmp_path / "ratchet.db").read_bytes()
