"""True labels in bulk: kept chunk by chunk, given again without harm, each bad row named."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from ratchet.data.ingest.quarantine import Quarantine, set_aside
from ratchet.errors import DataError, NotFoundError, RowError
from ratchet.predictions import truths
from ratchet.predictions.feedback import Feedback, Label, Truth
from ratchet.predictions.log import PredictionLog
from ratchet.predictions.truths import Labelled, keep
from ratchet.progress import Progress
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from ratchet.store.seals import PLAIN
from ratchet.store.tables import feedback
from tests.predictions.test_log import CLASSES, answer, ask


class Place:
    """A log with answers, and what keeps labels for them."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        self.database = Database.open(url)
        self.told: list[tuple[str, Any]] = []
        self.log = PredictionLog(self.database, Blobs.open(folder / "blobs"), "films", folder / "spool")
        self.feedback = Feedback(self.database, "films", self.log, self._witness)

    def _witness(
        self, connection: sa.Connection, action: str, target: str, *, before: Any = None, after: Any = None
    ) -> None:
        self.told.append((target, after))

    def answered(self, count: int) -> list[str]:
        given = [answer() for _ in range(count)]
        self.log.record([ask() for _ in given], given)
        return [each.id for each in given]

    def keep(self, table: Any, *, actor: str = "ann", **more: Any) -> Labelled:
        path = self.folder / "truths.csv"
        pl.DataFrame(table).write_csv(path)
        record = partial(self.feedback.record_all, classes=CLASSES, actor=actor)
        names = {"id": "id", "label": "label"} | more
        progress = names.pop("progress", lambda _: None)
        aside = Quarantine.at(self.folder / "quarantine")
        return keep(str(path), record, **names, came="import", aside=aside, progress=progress)

    def history(self, prediction_id: str) -> list[tuple[str, str]]:
        query = sa.select(feedback.c.label, feedback.c.actor).where(feedback.c.prediction_id == prediction_id)
        with self.database.read() as connection:
            return [(row.label, row.actor) for row in connection.execute(query.order_by(feedback.c.at, feedback.c.id))]

    def count(self) -> int:
        with self.database.read() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(feedback)).scalar_one()


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Any:
    made = Place(database_url, tmp_path)
    yield made
    made.log.close()
    made.database.close()


def test_a_table_is_kept_chunk_by_chunk_and_given_again_changes_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(truths, "CHUNK_ROWS", 10)
    ids = place.answered(25)
    table = {"id": ids, "label": ["good", "bad", "good", "bad", "good"] * 5}
    steps: list[Progress] = []
    done = place.keep(table, progress=steps.append)
    assert (done.rows, done.kept, done.repeated, done.corrected, done.bad) == (25, 25, 0, 0, 0)
    assert [each.done for each in steps] == [10, 20, 25]
    assert [target for target, _ in place.told] == ["10 predictions", "10 predictions", "5 predictions"]
    again = place.keep(table)
    assert (again.kept, again.repeated, again.agreed) == (0, 25, done.agreed)
    assert place.count() == 25
    assert len(place.told) == 3, "nothing was kept, so there is nothing to tell"


def test_a_contradiction_stays_in_the_history_and_the_last_label_counts(place: Place) -> None:
    (one,) = place.answered(1)
    place.keep({"id": [one], "label": ["good"]})
    other = place.keep({"id": [one], "label": ["bad"]}, actor="bob")
    assert (other.kept, other.corrected) == (1, 1)
    assert place.history(one) == [("good", "ann"), ("bad", "bob")]
    late = place.keep({"id": [one], "label": ["good"]})
    assert (late.kept, late.repeated) == (0, 1), "the old table given again takes bob's word from nobody"
    for _ in range(2):
        place.keep({"id": [one, one], "label": ["bad", "good"]}, actor="eve")
    assert place.history(one)[2:] == [("bad", "eve"), ("good", "eve")]


def test_bad_rows_are_named_with_their_reasons_and_the_good_ones_kept(place: Place) -> None:
    ids = place.answered(3)
    table = {
        "key": [ids[0], "never", "", ids[1], ids[2]],
        "truth": ["good", "good", "good", "superb", ""],
        "more": range(5),
    }
    done = place.keep(table, id="key", label="truth")
    assert (done.rows, done.kept, done.bad) == (5, 1, 4)
    assert done.quarantine_file is not None
    found = [(row["row"], row["column"], row["reason"]) for row in set_aside(done.quarantine_file, PLAIN)]
    assert found == [
        (2, "key", "an id that was never answered"),
        (3, "key", "no key"),
        (4, "truth", f"none of {', '.join(CLASSES)}"),
        (5, "truth", "no truth"),
    ]
    assert "row 2, column 'key'" in str(done.first[0])


def test_a_table_without_a_good_row_or_column_is_refused(place: Place) -> None:
    place.answered(1)
    with pytest.raises(DataError, match=r"no column 'label'.*id, verdict"):
        place.keep({"id": ["a"], "verdict": ["good"]})
    with pytest.raises(DataError, match=r"no label of .* could be kept: 1 rows are set aside"):
        place.keep({"id": ["a"], "label": ["good"]})
    with pytest.raises(DataError, match="has no rows"):
        place.keep({"id": [], "label": []})


def test_several_are_answered_in_their_order(place: Place) -> None:
    ids = place.answered(2)
    said = [Truth(id=ids[1], label="good"), Truth(id="none", label="good"), Truth(id=ids[0], label="ok")]
    kept, never, no_class = place.feedback.record_all(said, classes=CLASSES, actor="ann")
    assert isinstance(kept, Label)
    assert (kept.prediction_id, kept.repeated) == (ids[1], False)
    assert isinstance(never, NotFoundError)
    assert isinstance(no_class, RowError)
    (again,) = place.feedback.record_all(said[:1], classes=CLASSES, actor="ann")
    assert isinstance(again, Label)
    assert (again.id, again.repeated) == (kept.id, True)


def test_many_who_say_different_things_at_once_are_all_heard(place: Place) -> None:
    ids = place.answered(20)
    people = [f"person{n}" for n in range(4)]

    def say(who: str, label: str) -> None:
        place.feedback.record_all([Truth(id=each, label=label) for each in ids], classes=CLASSES, actor=who)

    threads = [threading.Thread(target=say, args=(who, CLASSES[at % 2])) for at, who in enumerate(people)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert all(sorted(who for _, who in place.history(each)) == people for each in ids)
