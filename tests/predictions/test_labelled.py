"""Labels that came back, read as a table is read."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import polars as pl
import pytest

from ratchet.clock import new_id
from ratchet.data.conform import conform
from ratchet.kinds.kind import Kind
from ratchet.predictions.feedback import Feedback, LabelSource
from ratchet.predictions.labelled import labelled
from ratchet.predictions.log import PredictionLog
from ratchet.serving.prediction import Prediction, Score
from ratchet.serving.request import Request
from ratchet.spec import Spec, parse
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database

CLASSES = ("bad", "good")


def spec_of(columns: dict[str, str], name: str = "films", **more: Any) -> Spec:
    return parse({"name": name, "label": "y", "columns": columns, "candidates": [{"family": "linear.v1"}], **more})


class Desk:
    """Gives answers to rows, and takes labels for them."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        folder: Path,
        name: str = "films",
        columns: dict[str, Kind] | None = None,
    ) -> None:
        self.name = name
        self.log = PredictionLog(database, blobs, name, folder, columns=columns)
        self._feedback = Feedback(database, name, self.log)

    def answer(self, row: dict[str, Any], *labels: str) -> str:
        id = new_id()
        request = Request(classifier=self.name, row=row)
        self.log.record([request], [Prediction(id, "good", "Good", 0.75, (Score("good", "Good", 0.75),), "4", 0.5)])
        for label in labels:
            self.label(id, label)
        return id

    def label(self, id: str, label: str, source: LabelSource = "user") -> None:
        self._feedback.record(id, label, classes=CLASSES, actor="ann", source=source)


@pytest.fixture
def desk(database: Database, blobs: Blobs, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(database, blobs, tmp_path / "spool")
    yield desk
    desk.log.close()


def rows_of(database: Database, blobs: Blobs, spec: Spec) -> pl.DataFrame:
    return pl.concat([conform(batch, spec)[0] for batch in labelled(database, blobs, spec)])


def test_an_answer_with_labels_comes_once_with_the_last(desk: Desk, database: Database, blobs: Blobs) -> None:
    spec = spec_of({"text": "text", "n": "number"})
    desk.answer({"text": "nobody said", "n": 0})
    first = desk.answer({"text": "one", "n": 1}, "good")
    desk.answer({"text": "two", "n": 2.5, "more": "is left out"}, "good", "bad")
    desk.answer({"text": "three"}, "bad")
    desk.label(first, "bad")
    expected = {"text": ["one", "three", "two"], "n": [1.0, None, 2.5], "y": ["bad", "bad", "bad"]}
    assert rows_of(database, blobs, spec).sort("text").to_dict(as_series=False) == expected


def test_only_outcomes_come_as_by_lot(desk: Desk, database: Database, blobs: Blobs) -> None:
    for source in get_args(LabelSource):
        desk.label(desk.answer({"text": source}), "good", source)
    (batch,) = labelled(database, blobs, spec_of({"text": "text"}))
    chosen = dict(batch.frame.select("text", "_chosen").iter_rows())
    assert chosen == {"user": True, "expert": True, "outcome": False, "import": True}


def test_every_answer_comes_in_one_batch_of_many(desk: Desk, database: Database, blobs: Blobs) -> None:
    spec = spec_of({"text": "text"})
    assert list(labelled(database, blobs, spec)) == []
    for n in range(23):
        desk.answer({"text": f"row {n}"}, *["bad"] * (n % 3 + 1))
    batches = list(labelled(database, blobs, spec, batch_rows=5))
    assert [batch.frame.height for batch in batches] == [5, 5, 5, 5, 3]
    assert [batch.first_row for batch in batches] == [1, 6, 11, 16, 21]
    assert {batch.origin for batch in batches} == {"feedback"}
    texts = pl.concat([batch.frame for batch in batches]).get_column("text").to_list()
    assert sorted(texts) == sorted(f"row {n}" for n in range(23))


def test_another_classifiers_labels_are_not_read(desk: Desk, database: Database, blobs: Blobs, tmp_path: Path) -> None:
    other = Desk(database, blobs, tmp_path / "other", "books")
    other.answer({"text": "a book"}, "good")
    other.log.close()
    desk.answer({"text": "a film"}, "good")
    assert rows_of(database, blobs, spec_of({"text": "text"})).get_column("text").to_list() == ["a film"]
    assert rows_of(database, blobs, spec_of({"text": "text"}, "books")).get_column("text").to_list() == ["a book"]


def test_cells_are_what_the_same_table_would_hold(desk: Desk, database: Database, blobs: Blobs) -> None:
    picture = b"\x89PNG \x00\xff"
    kinds = {"c": "category", "n": "number", "d": "date", "p": "image"}
    desk.answer({"c": 1, "n": True, "d": datetime(2026, 3, 31, 12), "p": picture}, "good")
    desk.answer({"c": "x", "n": 7, "d": "2026-03-31", "p": None}, "bad")
    found = rows_of(database, blobs, spec_of(kinds)).sort("c")
    assert found.get_column("c").to_list() == ["1", "x"]
    assert found.get_column("n").to_list() == [1.0, 7.0]
    assert found.get_column("d").to_list() == [datetime(2026, 3, 31, 12), datetime(2026, 3, 31)]
    assert found.get_column("p").to_list() == [picture, None]


def test_what_no_row_is_sent_with_has_a_default(desk: Desk, database: Database, blobs: Blobs) -> None:
    spec = spec_of({"t": "text", "g": "group", "w": "time", "s": "split"}, gate={"slices": ["country"]})
    bare = desk.answer({"t": "bare"}, "good")
    desk.answer({"t": "told", "g": "ann", "w": "2020-01-01", "s": "test", "country": "fr"}, "good")
    bare_row, told = rows_of(database, blobs, spec).sort("t").to_dicts()
    at = desk.log.get(bare).at.replace(tzinfo=None)
    assert bare_row == {"t": "bare", "g": None, "w": at, "s": "train", "country": None, "y": "good"}
    assert told == {"t": "told", "g": "ann", "w": datetime(2020, 1, 1), "s": "test", "country": "fr", "y": "good"}


def test_a_cell_that_no_table_may_hold_is_set_aside_located(desk: Desk, database: Database, blobs: Blobs) -> None:
    spec = spec_of({"text": "text", "n": "number"}, ingest={"max_cell": 1_000})
    desk.answer({"text": "x" * 1_001, "n": 1}, "good")
    desk.answer({"text": "fine", "n": 1}, "good")
    (batch,) = labelled(database, blobs, spec)
    assert batch.frame.get_column("text").to_list() == ["fine"]
    (bad,) = batch.bad
    assert (bad.origin, bad.column, bad.found) == ("feedback", "text", "1,001 characters")
    desk.answer({"text": "the column has another kind now", "n": "abc"}, "good")
    (batch,) = labelled(database, blobs, spec)
    (unfit,) = conform(batch, spec)[1]
    assert (unfit.column, unfit.found, unfit.reason) == ("n", "'abc'", "not a number")


def test_large_cells_are_read_back_and_batches_are_cut_by_their_size(
    desk: Desk, database: Database, blobs: Blobs
) -> None:
    spec = spec_of({"p": "image", "t": "text"})
    pictures = [bytes([at]) * 40_000 for at in range(5)]
    for at, picture in enumerate(pictures):
        sent = base64.b64encode(picture).decode() if at % 2 else picture  # as a client sends it, and as Python does
        desk.answer({"p": sent, "t": str(at) * 20_000}, "good")
    batches = list(labelled(database, blobs, spec, batch_bytes=150_000))
    assert [batch.frame.height for batch in batches] == [2, 2, 1]
    assert [batch.first_row for batch in batches] == [1, 3, 5]
    rows = pl.concat([conform(batch, spec)[0] for batch in batches]).sort("t")
    assert rows.get_column("p").to_list() == pictures
    assert rows.get_column("t").to_list() == [str(at) * 20_000 for at in range(5)]


def test_a_row_whose_large_cell_is_gone_is_set_aside(desk: Desk, database: Database, blobs: Blobs) -> None:
    spec = spec_of({"p": "image", "t": "text"})
    desk.answer({"p": b"x" * 40_000, "t": "gone"}, "good")
    desk.answer({"p": b"y" * 40_000, "t": "kept"}, "good")
    desk.log.ship()
    (gone,) = [key for key in blobs.list("cells") if blobs.get(key).startswith(b"x")]
    blobs.delete(gone)
    (batch,) = labelled(database, blobs, spec)
    assert batch.frame.get_column("t").to_list() == ["kept"]
    (gone_row,) = batch.gone
    assert (gone_row.column, gone_row.reason) == ("p", "its blob is gone")
    assert batch.bad == ()
    assert batch.rows().tolist() == [2]
    blobs.delete("cells")
    (batch,) = labelled(database, blobs, spec)
    assert batch.frame.height == 0
    assert len(batch.gone) == 2


def test_pictures_are_kept_as_their_bytes_however_they_were_sent(
    database: Database, blobs: Blobs, tmp_path: Path
) -> None:
    desk = Desk(database, blobs, tmp_path / "spool", columns={"p": Kind.IMAGE, "t": Kind.TEXT})
    large, small = b"\x89PNG" + bytes(30_000), b"\x89PNG small"
    ids = [desk.answer({"p": base64.b64encode(each).decode(), "t": "bm8="}, "good") for each in (large, small)]
    desk.answer({"p": large, "t": "as Python sends it"}, "good")
    desk.answer({"t": "none"}, "good")
    (key,) = blobs.list("cells")
    assert blobs.get(key) == large
    first, second = (desk.log.get(each) for each in ids)
    assert (first.cells["p"].bytes, first.cells["p"].type, first.row) == (len(large), "bytes", {"t": "bm8="})
    assert (second.cells, base64.b64decode(second.row["p"])) == ({}, small)
    found = rows_of(database, blobs, spec_of({"p": "image", "t": "text"})).get_column("p").to_list()
    assert found == [large, small, large, None]
    desk.log.close()
