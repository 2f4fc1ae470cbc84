"""The log as its readers see it, and the labels that come back."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ratchet import clock
from ratchet.clock import new_id
from ratchet.errors import NotFoundError, RowError
from ratchet.predictions.feedback import Feedback
from ratchet.predictions.log import Given, PredictionLog
from ratchet.predictions.record import Record
from ratchet.serving.prediction import Prediction, Score
from ratchet.serving.request import Request
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from ratchet.store.tables import feedback

CLASSES = ("bad", "good")


def answer(label: str = "good") -> Prediction:
    return Prediction(new_id(), label, label.title(), 0.75, (Score(label, label.title(), 0.75),), "4", 0.5)


def ask(row: dict[str, Any] | None = None, **more: Any) -> Request:
    return Request(classifier="films", row=row or {}, **more)


@pytest.fixture
def log(database: Database, tmp_path: Path, blobs: Blobs) -> Iterator[PredictionLog]:
    log = PredictionLog(database, blobs, "films", tmp_path / "spool")
    yield log
    log.close()


def test_every_answer_is_logged_and_found(log: PredictionLog) -> None:
    answers = [answer() for _ in range(10)]
    log.record([ask({"at": at}) for at in range(10)], answers)
    found = log.get(answers[3].id)  # still in the spool
    assert (found.row, found.label, found.version, found.classifier) == ({"at": 3}, "good", "4", "films")
    assert log.count() == 1, "that one alone is brought to the table"
    log.ship()
    assert log.count() == log.state().logged == 10
    assert log.problems() == ()


def test_one_classifier_does_not_see_anothers(
    log: PredictionLog, database: Database, tmp_path: Path, blobs: Blobs
) -> None:
    mine = answer()
    log.record([ask()], [mine])
    other = PredictionLog(database, blobs, "books", tmp_path / "spool")
    other.ship()
    with pytest.raises(NotFoundError):
        other.get(mine.id)
    assert (other.count(), log.count()) == (0, 1)


@pytest.mark.parametrize("none", ["none", "", "\0", "a\0b", 26 * "\0", "\ud800", "é" * 26, "f" * 5_000])
def test_what_is_no_id_is_not_found_in_any_database(database_url: str, tmp_path: Path, blobs: Blobs, none: str) -> None:
    with closing(Database.open(database_url)) as database:
        log = PredictionLog(database, blobs, "films", tmp_path / "spool")
        with pytest.raises(NotFoundError, match="no prediction"):
            Feedback(database, "films", log).record(none, "good", classes=CLASSES, actor="ann")
        log.close()


def test_a_closed_log_has_shipped_everything(database: Database, tmp_path: Path, blobs: Blobs) -> None:
    log = PredictionLog(database, blobs, "films", tmp_path / "spool")
    log.record([ask()], [answer()])
    log.close()
    log.close()
    assert log.count() == 1
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_log_is_closed_though_its_database_does_not_answer(
    database: Database, tmp_path: Path, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ratchet.predictions.log.CLOSE_SECONDS", 0.1)
    log = PredictionLog(database, blobs, "films", tmp_path / "spool")
    log.record([ask()], [answer()])
    with closing(sqlite3.connect(tmp_path / "ratchet.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        log.close()
        assert time.monotonic() - started < 15  # SQLite would wait 30 s
        assert log.count() == 0
        other.execute("ROLLBACK")
    PredictionLog(database, blobs, "films", tmp_path / "spool").close()
    log.close()
    assert log.count() == 1


def labels_of(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.execute(select(feedback.c.label).order_by(feedback.c.at, feedback.c.id)).scalars())


def test_a_label_comes_back(log: PredictionLog, database: Database) -> None:
    labels = Feedback(database, "films", log)
    given = answer("good")
    log.record([ask()], [given])
    assert labels.record(given.id, "good", classes=CLASSES, actor="ann").agreed
    kept = labels.record(given.id, "bad", classes=CLASSES, actor="bob")
    assert not kept.agreed
    assert kept.actor == "bob"
    assert labels_of(database) == ["good", "bad"]


def test_an_answer_that_was_never_given_is_not_found(log: PredictionLog, database: Database) -> None:
    with pytest.raises(NotFoundError, match="no prediction nope"):
        Feedback(database, "films", log).record("nope", "good", classes=CLASSES, actor="ann")


def test_a_label_that_comes_while_its_answer_is_forgotten_is_refused(
    log: PredictionLog, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = answer()
    log.record([ask(subject="ann")], [given])
    found = log.given([given.id])

    def find_and_forget(_: Sequence[str]) -> dict[str, Given]:
        for place in log.places():
            place.forget("ann")
        return found

    monkeypatch.setattr(log, "given", find_and_forget)
    with pytest.raises(NotFoundError, match=f"{given.id} of films was forgotten"):
        Feedback(database, "films", log).record(given.id, "good", classes=CLASSES, actor="bob")
    assert labels_of(database) == []


def test_a_label_that_is_no_class_is_refused_with_the_classes(log: PredictionLog, database: Database) -> None:
    given = answer()
    log.record([ask()], [given])
    with pytest.raises(RowError, match="found 'Good', expected bad, good"):
        Feedback(database, "films", log).record(given.id, "Good", classes=CLASSES, actor="ann")
    assert labels_of(database) == []


def test_pages_go_back_in_time_without_gap_or_repeat(log: PredictionLog) -> None:
    answers = [answer("good" if at % 3 else "bad") for at in range(40)]
    for at, each in enumerate(answers):
        log.record([ask({"at": at}, subject="ann" if at % 2 else None)], [each])
    log.ship()
    newest_first = sorted((each.id for each in answers), reverse=True)
    found: list[str] = []
    while page := log.read(before=found[-1] if found else None, limit=7):
        found += [each.id for each in page]
        log.record([ask()], [answer()])  # one that comes meanwhile is newer, and moves no page
        log.ship()
    assert found == newest_first
    bad = log.read(label="bad", limit=100)
    assert [each.row["at"] for each in bad] == sorted(range(0, 40, 3), key=lambda at: answers[at].id, reverse=True)
    assert log.read(label="bad", before=bad[-1].id) == []
    assert len(log.read(subject="ann", limit=100)) == 20
    assert len(log.read(version="4", limit=100)) == log.count()
    assert log.read(version="5") == []


def test_a_stretch_of_time_is_read(log: PredictionLog) -> None:
    log.record([ask()], [answer()])
    log.ship()
    (found,) = log.read()
    second = timedelta(seconds=1)
    assert log.read(since=found.at - second, until=found.at + second) == [found]
    assert log.read(since=found.at + second) == log.read(until=found.at - second) == []


def test_all_that_a_request_says_is_logged(log: PredictionLog) -> None:
    told: dict[str, Any] = {"caller": "shop", "subject": "ann", "arm": "b", "tags": {"order": "7"}}
    plain, full, shadow = answer(), answer(), answer()
    log.record([ask(), ask(**told)], [plain, full])
    log.record([ask(**told)], [shadow], "shadow")
    found = log.get(full.id)
    assert (found.caller, found.subject, found.arm, found.tags, found.role) == (
        "shop",
        "ann",
        "b",
        {"order": "7"},
        "answer",
    )
    found = log.get(plain.id)
    assert (found.caller, found.subject, found.arm, found.tags, found.role) == ("local", None, None, {}, "answer")
    assert log.get(shadow.id).role == "shadow"


def test_the_sums_by_hour_are_those_of_the_table(
    database_url: str, tmp_path: Path, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = datetime(2026, 5, 31, 12, 59, 59, 999_999, UTC)
    monkeypatch.setattr(clock, "now", lambda: moment)
    with closing(Database.open(database_url)) as database:
        log = PredictionLog(database, blobs, "films", tmp_path / "spool")
        for at in range(30):
            given = Prediction(
                new_id(),
                "good" if at % 3 else "bad",
                "",
                at / 32,
                (),
                str(at % 2),
                at / 4,
                ("good",) * (at % 4),
                at % 5 == 0,
            )
            log.record([ask(arm="b" if at % 7 == 0 else None)], [given], "shadow" if at % 11 == 0 else "answer")
            if at % 4 == 0:
                log.ship()
        log.ship()
        log.close()
        found = {(each.version, each.label, each.role, each.arm): each for each in log.hours()}
        expected: dict[tuple[Any, ...], list[Record]] = {}
        for each in log.read(limit=100):
            expected.setdefault((each.version, each.label, each.role, each.arm), []).append(each)
        assert found.keys() == expected.keys()
        for key, records in expected.items():
            sums = found[key]
            assert sums.count == len(records)
            assert sums.abstained == sum(each.abstained for each in records)
            assert sums.set_size == sum(len(each.set) for each in records)
            assert (sums.confidence, sums.ms) == (
                sum(each.confidence for each in records),
                sum(each.ms for each in records),
            )
            assert sums.hour == datetime(2026, 5, 31, 12, tzinfo=UTC)
        hour = log.hours()[0].hour
        assert log.hours(since=hour, until=hour + timedelta(hours=2)) == log.hours()
        assert log.hours(until=hour) == log.hours(since=hour + timedelta(hours=2)) == []


def test_how_a_label_came_is_kept(log: PredictionLog, database: Database) -> None:
    given = answer()
    log.record([ask(subject="ann")], [given])
    labels = Feedback(database, "films", log)
    assert labels.record(given.id, "bad", classes=CLASSES, actor="shop").source == "user"
    assert labels.record(given.id, "bad", classes=CLASSES, actor="shop", source="expert").source == "expert"
    with pytest.raises(RowError, match="expected user, expert, outcome, import"):
        labels.record(given.id, "bad", classes=CLASSES, actor="shop", source="guess")  # type: ignore[arg-type]
    with database.read() as connection:
        rows = connection.execute(select(feedback.c.source, feedback.c.subject).order_by(feedback.c.at)).all()
    assert [tuple(row) for row in rows] == [("user", "ann"), ("expert", "ann")]
