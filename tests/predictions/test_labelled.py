"""Labels that came back, read as a table is read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ratchet.clock import new_id
from ratchet.data.conform import conform
from ratchet.predictions.feedback import Feedback
from ratchet.predictions.labelled import labelled
from ratchet.predictions.log import PredictionLog
from ratchet.serving.prediction import Prediction, Score
from ratchet.serving.request import Request
from ratchet.spec import Spec, parse
from ratchet.store.database import Database

CLASSES = ("bad", "good")


def spec_of(columns: dict[str, str], name: str = "films", **more: Any) -> Spec:
    return parse({"name": name, "label": "y", "columns": columns, "candidates": [{"family": "linear.v1"}], **more})


class Desk:
    """Gives answers to rows, and takes labels for them."""

    def __init__(self, database: Database, folder: Path, name: str = "films") -> None:
        self.log = PredictionLog(database, name, folder)
        self._feedback = Feedback(database, name, self.log)

    def answer(self, row: dict[str, Any], *labels: str) -> str:
        id = new_id()
        given = Prediction(id, "good", "Good", 0.75, (Score("good", "Good", 0.75),), "4", 0.5)
        self.log.record([Request(classifier="films", row=row)], [given])
        for label in labels:
            self.label(id, label)
        return id

    def label(self, id: str, label: str) -> None:
        self._feedback.record(id, label, classes=CLASSES, actor="ann")


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(database, tmp_path / "spool")
    yield desk
    desk.log.close()


def rows_of(database: Database, spec: Spec) -> pl.DataFrame:
    return pl.concat([conform(batch, spec)[0] for batch in labelled(database, spec)])


def test_an_answer_with_labels_comes_once_with_the_last(desk: Desk, database: Database) -> None:
    spec = spec_of({"text": "text", "n": "number"})
    desk.answer({"text": "nobody said", "n": 0})
    first = desk.answer({"text": "one", "n": 1}, "good")
    desk.answer({"text": "two", "n": 2.5, "more": "is left out"}, "good", "bad")
    desk.answer({"text": "three"}, "bad")
    desk.label(first, "bad")
    expected = {"text": ["one", "three", "two"], "n": [1.0, None, 2.5], "y": ["bad", "bad", "bad"]}
    assert rows_of(database, spec).sort("text").to_dict(as_series=False) == expected


def test_every_answer_comes_in_one_batch_of_many(desk: Desk, database: Database) -> None:
    spec = spec_of({"text": "text"})
    assert list(labelled(database, spec)) == []
    for n in range(23):
        desk.answer({"text": f"row {n}"}, *["bad"] * (n % 3 + 1))
    batches = list(labelled(database, spec, batch_rows=5))
    assert [batch.frame.height for batch in batches] == [5, 5, 5, 5, 3]
    assert [batch.first_row for batch in batches] == [1, 6, 11, 16, 21]
    assert {batch.origin for batch in batches} == {"feedback"}
    texts = pl.concat([batch.frame for batch in batches]).get_column("text").to_list()
    assert sorted(texts) == sorted(f"row {n}" for n in range(23))


def test_another_classifiers_labels_are_not_read(desk: Desk, database: Database, tmp_path: Path) -> None:
    other = Desk(database, tmp_path / "other", "books")
    other.answer({"text": "a book"}, "good")
    other.log.close()
    desk.answer({"text": "a film"}, "good")
    assert rows_of(database, spec_of({"text": "text"})).get_column("text").to_list() == ["a film"]
    assert rows_of(database, spec_of({"text": "text"}, "books")).get_column("text").to_list() == ["a book"]


def test_cells_are_what_the_same_table_would_hold(desk: Desk, database: Database) -> None:
    picture = b"\x89PNG \x00\xff"
    kinds = {"c": "category", "n": "number", "d": "date", "p": "image"}
    desk.answer({"c": 1, "n": True, "d": datetime(2026, 3, 31, 12), "p": picture}, "good")
    desk.answer({"c": "x", "n": 7, "d": "2026-03-31", "p": None}, "bad")
    found = rows_of(database, spec_of(kinds)).sort("c")
    assert found.get_column("c").to_list() == ["1", "x"]
    assert found.get_column("n").to_list() == [1.0, 7.0]
    assert found.get_column("d").to_list() == [datetime(2026, 3, 31, 12), datetime(2026, 3, 31)]
    assert found.get_column("p").to_list() == [picture, None]


def test_what_no_row_is_sent_with_has_a_default(desk: Desk, database: Database) -> None:
    spec = spec_of({"t": "text", "g": "group", "w": "time", "s": "split"}, gate={"slices": ["country"]})
    bare = desk.answer({"t": "bare"}, "good")
    desk.answer({"t": "told", "g": "ann", "w": "2020-01-01", "s": "test", "country": "fr"}, "good")
    bare_row, told = rows_of(database, spec).sort("t").to_dicts()
    at = desk.log.get(bare).at.replace(tzinfo=None)
    assert bare_row == {"t": "bare", "g": None, "w": at, "s": "train", "country": None, "y": "good"}
    assert told == {"t": "told", "g": "ann", "w": datetime(2020, 1, 1), "s": "test", "country": "fr", "y": "good"}


def test_a_cell_that_no_table_may_hold_is_set_aside_located(desk: Desk, database: Database) -> None:
    spec = spec_of({"text": "text", "n": "number"}, ingest={"max_cell": 1_000})
    desk.answer({"text": "x" * 1_001, "n": 1}, "good")
    desk.answer({"text": "fine", "n": 1}, "good")
    (batch,) = labelled(database, spec)
    assert batch.frame.get_column("text").to_list() == ["fine"]
    (bad,) = batch.bad
    assert (bad.origin, bad.column, bad.found) == ("feedback", "text", "1,001 characters")
    desk.answer({"text": "the column has another kind now", "n": "abc"}, "good")
    (batch,) = labelled(database, spec)
    (unfit,) = conform(batch, spec)[1]
    assert (unfit.column, unfit.found, unfit.reason) == ("n", "'abc'", "not a number")
