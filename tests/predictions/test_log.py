"""The log as its readers see it, and the labels that come back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from ratchet.clock import new_id
from ratchet.errors import NotFoundError, RowError
from ratchet.predictions.feedback import Feedback
from ratchet.predictions.log import PredictionLog
from ratchet.serving.prediction import Prediction, Score
from ratchet.serving.request import Request
from ratchet.store.database import Database
from ratchet.store.tables import feedback

CLASSES = ("bad", "good")


def answer(label: str = "good") -> Prediction:
    return Prediction(new_id(), label, label.title(), 0.75, (Score(label, label.title(), 0.75),), "4", 0.5)


@pytest.fixture
def log(database: Database, tmp_path: Path) -> Iterator[PredictionLog]:
    log = PredictionLog(database, "films", tmp_path / "spool")
    yield log
    log.close()


def test_every_answer_is_logged_and_found(log: PredictionLog) -> None:
    answers = [answer() for _ in range(10)]
    log.record([Request(classifier="films", row={"at": at}) for at in range(10)], answers)
    found = log.get(answers[3].id)  # still in the spool
    assert (found.row, found.label, found.version, found.classifier) == ({"at": 3}, "good", "4", "films")
    assert log.count() == log.state().logged == 10
    assert [each.id for each in log.read()] == sorted(each.id for each in answers)
    assert log.read(since=found.at + timedelta(seconds=1)) == []
    assert len(log.read(until=found.at + timedelta(seconds=1), limit=4)) == 4
    assert log.problems() == ()


def test_one_classifier_does_not_see_anothers(log: PredictionLog, database: Database, tmp_path: Path) -> None:
    mine = answer()
    log.record([Request(classifier="films", row={})], [mine])
    other = PredictionLog(database, "books", tmp_path / "spool")
    other.ship()
    with pytest.raises(NotFoundError):
        other.get(mine.id)
    assert (other.count(), log.count()) == (0, 1)


def test_a_closed_log_has_shipped_everything(database: Database, tmp_path: Path) -> None:
    log = PredictionLog(database, "films", tmp_path / "spool")
    log.record([Request(classifier="films", row={})], [answer()])
    log.close()
    log.close()
    assert log.count() == 1
    assert list((tmp_path / "spool").iterdir()) == []


def labels_of(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.execute(select(feedback.c.label).order_by(feedback.c.at, feedback.c.id)).scalars())


def test_a_label_comes_back(log: PredictionLog, database: Database) -> None:
    labels = Feedback(database, "films", log)
    given = answer("good")
    log.record([Request(classifier="films", row={})], [given])
    assert labels.record(given.id, "good", classes=CLASSES, actor="ann").agreed
    kept = labels.record(given.id, "bad", classes=CLASSES, actor="bob")
    assert not kept.agreed
    assert kept.actor == "bob"
    assert labels_of(database) == ["good", "bad"]


def test_an_answer_that_was_never_given_is_not_found(log: PredictionLog, database: Database) -> None:
    with pytest.raises(NotFoundError, match="no prediction nope"):
        Feedback(database, "films", log).record("nope", "good", classes=CLASSES, actor="ann")


def test_a_label_that_is_no_class_is_refused_with_the_classes(log: PredictionLog, database: Database) -> None:
    given = answer()
    log.record([Request(classifier="films", row={})], [given])
    with pytest.raises(RowError, match="found 'Good', expected bad, good"):
        Feedback(database, "films", log).record(given.id, "Good", classes=CLASSES, actor="ann")
    assert labels_of(database) == []
