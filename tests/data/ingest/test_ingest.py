from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ratchet.data.dataset import Dataset
from ratchet.data.datasets import Datasets
from ratchet.data.readers.batch import Batch
from ratchet.errors import DataError, NotFoundError, WorkspaceError
from ratchet.progress import Progress
from ratchet.spec import Spec, parse
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database


def spec_of(columns: dict[str, str] | None = None, **more: Any) -> Spec:
    columns = columns or {"text": "text", "n": "number"}
    return parse({"name": "t", "label": "y", "columns": columns, "candidates": [{"family": "linear.v1"}], **more})


def table(first: int, last: int) -> pl.DataFrame:
    numbers = range(first, last)
    texts = [f"row {n} says {'good' if n % 3 else 'bad'}" for n in numbers]
    return pl.DataFrame({"text": texts, "n": [n / 4 for n in numbers], "y": ["p" if n % 3 else "q" for n in numbers]})


class Box:
    """A workspace of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.database = Database.open(f"sqlite:///{folder / 'ratchet.db'}")
        self.datasets = Datasets(self.database, Blobs.open(folder / "blobs"), "t")
        self.quarantine = folder / "quarantine"

    def put(self, frame: pl.DataFrame, name: str = "rows.csv") -> str:
        path = self.folder / name
        if path.suffix == ".csv":
            frame.write_csv(path)
        elif path.suffix == ".jsonl":
            frame.write_ndjson(path)
        else:
            frame.write_parquet(path)
        return str(path)

    def ingest(self, frame: pl.DataFrame, spec: Spec | None = None, name: str = "rows.csv") -> Any:
        return self.datasets.ingest([self.put(frame, name)], spec or spec_of(), quarantine=self.quarantine)

    def sides(self, dataset: Dataset) -> dict[int, str]:
        return dict(self.datasets.frame(dataset, []).select("_id", "_side").unique().iter_rows())

    def files(self) -> dict[str, int]:
        found = [path for path in self.folder.rglob("*") if path.is_file() and "ratchet.db" not in path.name]
        return {str(path.relative_to(self.folder)): path.stat().st_size for path in sorted(found)}


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path / "box")
    yield made
    made.database.close()


def test_rows_come_back_typed_with_their_id_and_side(box: Box) -> None:
    done = box.ingest(table(0, 300))
    assert (done.added, done.repeated, done.bad, done.quarantine_file) == (300, 0, 0, None)
    dataset = box.datasets.latest()
    assert dataset == done.dataset == box.datasets.get(done.dataset.id)
    assert (dataset.rows, dataset.parents, dataset.schema.classes) == (300, (), ("p", "q"))
    frame = box.datasets.frame(dataset)
    assert frame.select("text", "n", "y").equals(table(0, 300))
    assert frame.schema["_id"] == pl.UInt64
    assert dict(frame.get_column("_side").value_counts().iter_rows()) == {k: v for k, v in dataset.sides.items() if v}
    assert box.datasets.frame(dataset, ["y"]).columns == ["y", "_id", "_side"]
    assert frame.equals(box.datasets.frame(dataset))
    with pytest.raises(DataError, match="no column z"):
        box.datasets.frame(dataset, ["z"])
    with pytest.raises(NotFoundError):
        box.datasets.get("absent")


@pytest.mark.parametrize("name", ["again.csv", "again.jsonl", "again.parquet"])
def test_the_id_depends_neither_on_the_order_nor_on_the_format(box: Box, tmp_path: Path, name: str) -> None:
    rows = pl.concat([table(0, 100), table(0, 10)]).with_columns(n=pl.when(pl.col("n") > 3).then("n"))
    first = box.ingest(rows).dataset
    other = Box(tmp_path / "other")
    again = other.ingest(rows.sample(fraction=1, shuffle=True, seed=1), name=name).dataset
    assert again.id == first.id
    assert other.sides(again) == box.sides(first)
    changed = Box(tmp_path / "changed").ingest(
        rows.with_columns(y=pl.lit("r").repeat_by(1).list.first())[:1].vstack(rows[1:])
    )
    assert changed.dataset.id != first.id


def test_reading_a_source_again_adds_nothing_and_a_grown_one_its_new_rows(box: Box) -> None:
    rows = pl.concat([table(0, 100), table(0, 10), table(0, 10)])
    first = box.ingest(rows)
    before = box.files()
    again = box.ingest(rows, name="copy.parquet")
    assert (again.added, again.repeated, again.dataset) == (0, 120, first.dataset)
    assert len(box.datasets.list()) == 1
    assert {name: size for name, size in box.files().items() if name != "copy.parquet"} == before
    grown = box.ingest(pl.concat([rows, table(0, 5), table(100, 130)]))
    assert (grown.added, grown.repeated) == (35, 120)
    assert grown.dataset.rows == 155
    assert grown.dataset.parents == (first.dataset.id,)
    counts = box.datasets.frame(grown.dataset).group_by("text").len()
    assert counts.filter(pl.col("text").str.contains(r"^row [0-4] ")).get_column("len").to_list() == [4] * 5
    assert box.datasets.frame(grown.dataset).head(120).equals(box.datasets.frame(first.dataset))


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(pieces=st.lists(st.lists(st.integers(0, 60), min_size=1, max_size=40), min_size=1, max_size=4))
def test_sides_stay_and_counts_are_the_largest_seen(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[list[int]]
) -> None:
    box = Box(tmp_path_factory.mktemp("box"))
    base = table(100, 140)
    expected = dict.fromkeys(range(100, 140), 1)
    done = box.ingest(base)
    sides = box.sides(done.dataset)
    for place, piece in enumerate(pieces):
        done = box.ingest(pl.concat([table(n, n + 1) for n in piece]), name=f"{place}.jsonl")
        for n in set(piece):
            expected[n] = max(expected.get(n, 0), piece.count(n))
        now = box.sides(done.dataset)
        assert {key: now[key] for key in sides} == sides
        sides = now
    found = dict(box.datasets.frame(done.dataset, ["n"]).group_by("n").len().select("n", "len").iter_rows())
    assert found == {n / 4: count for n, count in expected.items()}
    box.database.close()


def test_bad_rows_are_counted_and_written_down(box: Box) -> None:
    lines = table(0, 100).write_csv() + "a,b\nnew,abc,p\nnew,1,\n"
    (box.folder / "rows.csv").write_text(lines)
    done = box.datasets.ingest([str(box.folder / "rows.csv")], spec_of(), quarantine=box.quarantine)
    assert (done.added, done.bad) == (100, 3)
    assert done.quarantine_file is not None
    written = [json.loads(line) for line in done.quarantine_file.read_text().splitlines()]
    assert [(each["row"], each["column"]) for each in written] == [(101, None), (102, "n"), (103, "y")]
    assert written[1] == {
        "origin": str(box.folder / "rows.csv"), "row": 102, "column": "n", "found": "'abc'", "reason": "not a number",
    }  # fmt: skip
    named = box.folder / "aside.jsonl"
    again = box.datasets.ingest([str(box.folder / "rows.csv")], spec_of(), quarantine=named)
    assert (again.added, again.bad, again.quarantine_file) == (0, 3, named)


def test_too_many_bad_rows_are_refused_and_only_the_quarantine_is_written(box: Box) -> None:
    first = box.ingest(table(0, 100)).dataset
    before = box.files()
    broken = table(100, 200).with_columns(n=pl.lit("abc"))
    with pytest.raises(DataError, match=r"100 of 100 rows are bad .* nothing was added") as caught:
        box.ingest(broken, name="rows.csv")
    assert "row 1, column 'n': not a number, found 'abc'" in str(caught.value)
    new = {name for name in box.files() if name not in before}
    assert len(new) == 1
    assert new.pop().startswith("quarantine/")
    assert box.datasets.list() == [first]


REFUSED = {
    "one class": (table(0, 90).with_columns(y=pl.lit("p")), "one class only"),
    "no label": (table(0, 90).with_columns(y=pl.lit("")), "are bad"),
    "ten rows": (table(0, 10), "10 labelled rows are too few"),
    "2,000 classes": (table(0, 4000).with_columns(y=pl.int_range(4000) % 2000), "2,000 different values"),
    "absent column": (table(0, 90).rename({"n": "m"}), "no column 'n'; it has text, m, y"),
    "absent label": (table(0, 90).rename({"y": "label"}), "no column 'y'"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_tables_that_cannot_be_learned_from_leave_the_workspace_as_it_was(box: Box, name: str) -> None:
    frame, words = REFUSED[name]
    source = box.put(frame)
    before = box.files()
    with pytest.raises(DataError, match=words) as caught:
        box.datasets.ingest([source], spec_of(), quarantine=box.quarantine)
    assert caught.value.todo
    after = {name: size for name, size in box.files().items() if not name.startswith("quarantine/")}
    assert after == before
    assert box.datasets.latest() is None


def test_a_class_with_one_row_is_said(box: Box) -> None:
    done = box.ingest(pl.concat([table(0, 50), table(60, 61).with_columns(y=pl.lit("rare"))]))
    assert any("'rare' has one row only" in note for note in done.notes)
    frame = box.datasets.frame(done.dataset)
    assert frame.filter(pl.col("y") == "rare").get_column("_side").to_list() == ["train"]


def test_classes_grow_and_stay_sorted(box: Box) -> None:
    box.ingest(table(0, 50))
    done = box.ingest(table(50, 60).with_columns(y=pl.lit("a")), spec_of(labels={"p": "Positive"}))
    assert done.dataset.schema.classes == ("a", "p", "q")
    assert done.dataset.schema.names == {"p": "Positive"}


def test_nan_and_infinities_are_counted(box: Box) -> None:
    frame = table(0, 100).with_columns(n=pl.when(pl.col("n") < 3).then(float("inf")).otherwise("n"))
    assert box.ingest(frame, name="rows.parquet").blanked == {"n": 12}


def test_a_dropped_column_needs_no_reading_again_and_keeps_the_holdout(box: Box) -> None:
    first = box.ingest(table(0, 300)).dataset
    spec = spec_of({"text": "text", "n": "ignore"})
    assert first.fits(spec_of())
    assert not first.fits(spec)
    done = box.datasets.ingest([], spec, quarantine=box.quarantine)
    assert done.dataset.fits(spec)
    assert done.dataset.parents == (first.id,)
    assert list(done.dataset.types) == ["text", "y"]
    before, after = box.datasets.frame(first, ["y"]), box.datasets.frame(done.dataset, ["y"])
    assert after.get_column("_side").to_list() == before.get_column("_side").to_list()
    assert done.dataset.split_id == first.split_id
    again = box.datasets.ingest([str(box.folder / "rows.csv")], spec, quarantine=box.quarantine)
    assert (again.added, again.dataset.id) == (0, done.dataset.id)


def test_another_kind_or_a_slice_needs_no_reading_again_either(box: Box) -> None:
    frame = table(0, 300).with_columns(c=pl.when(pl.int_range(300) == 7).then(pl.lit("odd")).otherwise(pl.lit("1.0")))
    first = box.ingest(frame, spec_of({"text": "text", "c": "category"})).dataset
    spec = spec_of({"text": "text", "c": "number"}, gate={"slices": ["n"]})
    done = box.datasets.ingest([], spec, quarantine=box.quarantine)
    assert (done.bad, done.dataset.rows) == (1, 299)
    assert done.quarantine_file is not None
    assert f"dataset {first.id}" in done.quarantine_file.read_text()
    before = box.datasets.frame(first).filter(pl.col("c") != "odd")
    after = box.datasets.frame(done.dataset)
    assert after.get_column("_side").to_list() == before.get_column("_side").to_list()
    assert after.select("text", "c", "n").rows()[0] == ("row 0 says bad", 1.0, None)
    later = box.ingest(frame.with_columns(text=pl.col("text") + "!"), spec).dataset
    assert box.datasets.frame(later, ["n"]).get_column("n").null_count() == 299


def test_a_column_never_read_before_starts_afresh_and_says_so(box: Box) -> None:
    frame = table(0, 300).with_columns(c=pl.lit("x"))
    first = box.ingest(frame).dataset
    done = box.ingest(frame.head(100), spec_of({"text": "text", "c": "category"}))
    assert done.dataset.rows == 100
    assert "give earlier sources again" in done.notes[0]
    assert done.dataset.split.generation == first.split.generation + 1


def test_another_rule_or_a_rotation_starts_a_new_holdout_of_the_same_rows(box: Box) -> None:
    first = box.ingest(table(0, 300)).dataset
    changed = box.datasets.ingest([], spec_of(split={"holdout": 0.4}), quarantine=box.quarantine)
    assert "new holdout" in changed.notes[0]
    assert changed.dataset.sides["holdout"] > 1.5 * first.sides["holdout"]
    rotated = box.datasets.rotate(spec_of(split={"holdout": 0.4}), folder=box.quarantine)
    assert rotated.split.generation == changed.dataset.split.generation + 1 == 2
    assert box.sides(rotated) != box.sides(changed.dataset)
    assert [part.key for part in rotated.parts] == [part.key for part in first.parts]
    assert len({dataset.id for dataset in box.datasets.list()}) == 3
    assert len({first.split_id, changed.dataset.split_id, rotated.split_id}) == 3
    later = box.ingest(table(300, 320), spec_of(split={"holdout": 0.4})).dataset
    assert {key: side for key, side in box.sides(later).items() if key in box.sides(rotated)} == box.sides(rotated)


def test_the_tables_own_split_group_and_time(box: Box, tmp_path: Path) -> None:
    frame = table(0, 400).with_columns(
        s=pl.when(pl.int_range(400) % 4 == 0).then(pl.lit("Test")).otherwise(pl.lit("train")),
        g=pl.int_range(400) // 10,
        w=pl.int_range(400),
    )
    base = {"text": "text", "n": "number"}
    own = box.ingest(frame, spec_of({**base, "s": "split"})).dataset
    rows = box.datasets.frame(own, ["s"])
    assert set(rows.filter(pl.col("s") == "Test").get_column("_side")) == {"holdout"}
    assert own.sides["tune"] > 0
    grouped = Box(tmp_path / "g")
    by_group = grouped.ingest(frame, spec_of({**base, "g": "group"})).dataset
    sides = grouped.datasets.frame(by_group, ["g"]).group_by("g").agg(pl.col("_side").n_unique())
    assert set(sides.get_column("_side")) == {1}
    timed = Box(tmp_path / "w")
    by_time = timed.ingest(frame, spec_of({**base, "w": "time"})).dataset
    assert (
        timed.datasets.frame(by_time, ["w"]).filter(pl.col("_side") == "holdout").get_column("w").to_list()
        == (timed.datasets.frame(by_time, ["w"]).get_column("w").to_list()[320:])
    )
    with pytest.raises(DataError, match="says 'Tset'"):
        Box(tmp_path / "bad").ingest(
            frame.with_columns(s=pl.col("s").str.replace("Test", "Tset")), spec_of({**base, "s": "split"})
        )


def test_near_duplicates_of_holdout_rows_are_excluded_unless_told_otherwise(tmp_path: Path) -> None:
    texts = [" ".join(f"{word}{n}" for word in "ABCDEFGHIJKLMNOPQRST") for n in range(200)]
    near = pl.DataFrame({"text": [*texts, *(text + " again" for text in texts)], "y": ["p", "q"] * 200})
    spec = spec_of({"text": "text"})
    guarded = Box(tmp_path / "one").ingest(near, spec).dataset
    assert guarded.sides["excluded"] > 40
    free = Box(tmp_path / "two").ingest(near, spec_of({"text": "text"}, split={"near_duplicates": False})).dataset
    assert free.sides["excluded"] == 0


def test_a_table_too_large_for_memory_is_not_searched_for_near_duplicates_and_says_so(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ratchet.data.ingest.next_version.MOST_BYTES", 1000)
    assert any("too large to look for near-duplicates" in note for note in box.ingest(table(0, 100)).notes)


def test_another_writer_in_the_meantime_is_noticed(box: Box, tmp_path: Path) -> None:
    box.ingest(table(0, 50))
    other = Datasets(box.database, Blobs.open(box.folder / "blobs"), "t")
    late = box.put(table(50, 60), "late.csv")

    def interfere(progress: Progress) -> None:
        if progress.note == "splitting" and len(box.datasets.list()) == 1:
            other.ingest([late], spec_of(), quarantine=tmp_path / "q")

    with pytest.raises(WorkspaceError, match="in the meantime"):
        box.datasets.ingest([box.put(table(60, 70))], spec_of(), quarantine=box.quarantine, progress=interfere)
    assert [dataset.rows for dataset in box.datasets.list()] == [50, 60]


def came_back(*numbers: int, label: str | None = None) -> list[Batch]:
    """Rows of the table as feedback brings them, in two batches."""
    frame = pl.concat([table(n, n + 1) for n in numbers])
    if label is not None:
        frame = frame.with_columns(y=pl.lit(label))
    half = len(numbers) // 2
    return [
        Batch(frame=frame.head(half), bad=(), first_row=1, origin="feedback"),
        Batch(frame=frame.tail(len(numbers) - half), bad=(), first_row=half + 1, origin="feedback"),
    ]


def numbers_on(box: Box, dataset: Dataset, *sides: str) -> list[int]:
    rows = box.datasets.frame(dataset, ["n"]).filter(pl.col("_side").is_in(sides))
    return [int(n * 4) for n in rows.get_column("n")]


def test_feedback_that_equals_holdout_rows_is_set_aside_with_the_reason(box: Box) -> None:
    first = box.ingest(table(0, 300)).dataset
    exam, lesson = numbers_on(box, first, "holdout")[:3], numbers_on(box, first, "train")[:2]
    batches = came_back(*exam, *lesson, *range(300, 340), label="p")
    done = box.datasets.ingest_feedback(batches, spec_of(), quarantine=box.quarantine)
    known = sum(n % 3 > 0 for n in lesson)  # rows of the table that came back with the label they have there
    assert (done.held_out, done.repeated, done.added, done.bad) == (3, known, 42 - known, 0)
    assert done.dataset.parents == (first.id,)
    assert done.dataset.source == "feedback"
    assert done.quarantine_file is not None
    written = [json.loads(line) for line in done.quarantine_file.read_text().splitlines()]
    assert [(each["origin"], each["row"], each["column"]) for each in written] == [
        ("feedback", n, None) for n in (1, 2, 3)
    ]
    assert {each["reason"] for each in written} == {
        "equals a row of the holdout: it would teach the model its own exam"
    }
    assert [f"'row {n} says" in each["found"] for n, each in zip(exam, written, strict=True)] == [True] * 3
    assert set(numbers_on(box, done.dataset, "holdout")) - set(numbers_on(box, first, "holdout")) <= set(
        range(300, 340)
    )


def test_feedback_is_not_added_twice(box: Box) -> None:
    box.ingest(table(0, 300))
    done = box.datasets.ingest_feedback(came_back(*range(300, 340), 300), spec_of(), quarantine=box.quarantine)
    assert (done.added, done.held_out) == (41, 0)
    joined = [n for n in numbers_on(box, done.dataset, "holdout") if n >= 300]
    assert joined
    again = box.datasets.ingest_feedback(came_back(*range(300, 340), 300), spec_of(), quarantine=box.quarantine)
    assert (again.added, again.held_out, again.repeated) == (0, len(joined), 41 - len(joined))
    assert again.dataset == done.dataset
    grown = box.datasets.ingest_feedback(came_back(*range(300, 345), 300), spec_of(), quarantine=box.quarantine)
    assert grown.added == 5
    corrected = box.datasets.ingest_feedback(came_back(joined[0], label="q"), spec_of(), quarantine=box.quarantine)
    assert (corrected.added, corrected.held_out, corrected.dataset) == (0, 1, grown.dataset)


def test_much_feedback_on_the_holdout_is_no_bad_share_and_bad_rows_are_still_bad(box: Box) -> None:
    first = box.ingest(table(0, 300)).dataset
    exam = came_back(*numbers_on(box, first, "holdout"))
    done = box.datasets.ingest_feedback(exam, spec_of(), quarantine=box.quarantine)
    assert (done.added, done.bad, done.held_out) == (0, 0, first.sides["holdout"])
    unlabelled = [*exam, *came_back(*range(300, 310), label="")]
    with pytest.raises(DataError, match=r"10 of 10 rows are bad .* nothing was added") as caught:
        box.datasets.ingest_feedback(unlabelled, spec_of(), quarantine=box.quarantine)
    assert "holdout" not in str(caught.value)
    assert box.datasets.latest() == first


def test_feedback_is_told_from_the_holdout_of_the_spec_as_it_is_now(box: Box) -> None:
    first = box.ingest(table(0, 300)).dataset
    spec = spec_of({"text": "text"}, split={"holdout": 0.4})
    done = box.datasets.ingest_feedback(came_back(*range(300)), spec, quarantine=box.quarantine)
    assert done.dataset.fits(spec)
    assert done.held_out == done.dataset.sides["holdout"] > 1.5 * first.sides["holdout"]
    assert done.added == 0


def test_feedback_alone_makes_a_first_version(box: Box) -> None:
    done = box.datasets.ingest_feedback(came_back(*range(60)), spec_of(), quarantine=box.quarantine)
    assert (done.added, done.held_out, done.dataset.parents) == (60, 0, ())


@pytest.fixture(scope="module")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Box]]:
    """A workspace for each rule of the split, with 60 rows taken in; later rows may join them."""
    made = {name: Box(tmp_path_factory.mktemp(name)) for name in GROUNDS}
    for name, box in made.items():
        box.datasets.ingest([box.put(ground(0, 60))], GROUNDS[name], quarantine=box.quarantine)
    yield made
    for box in made.values():
        box.database.close()


BASE = {"text": "text", "n": "number"}
GROUNDS = {"hash": spec_of(BASE), "group": spec_of({**BASE, "g": "group"}), "time": spec_of({**BASE, "w": "time"})}


def ground(first: int, last: int) -> pl.DataFrame:
    return table(first, last).with_columns(g=pl.int_range(first, last) // 3, w=pl.int_range(first, last))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rule=st.sampled_from(sorted(GROUNDS)),
    numbers=st.lists(st.integers(0, 75), min_size=1, max_size=30),
    label=st.sampled_from(["p", "q", None]),
    shift=st.sampled_from([0, -40, 40]),
)
def test_whatever_comes_back_no_training_row_equals_a_holdout_row(
    grounds: dict[str, Box], rule: str, numbers: list[int], label: str | None, shift: int
) -> None:
    box, spec = grounds[rule], GROUNDS[rule]
    before = box.datasets.latest()
    assert before is not None
    frame = pl.concat([ground(n, n + 1) for n in numbers])
    frame = frame.with_columns(pl.col("w") + shift, pl.col("g") + shift)  # another moment, another group
    if label is not None:
        frame = frame.with_columns(y=pl.lit(label))
    exam = set(numbers_on(box, before, "holdout"))
    feedback = [Batch(frame=frame, bad=(), first_row=1, origin="feedback")]
    done = box.datasets.ingest_feedback(feedback, spec, quarantine=box.quarantine)
    assert done.held_out == sum(n in exam for n in numbers)
    assert done.added + done.repeated + done.held_out == len(numbers)
    held = numbers_on(box, done.dataset, "holdout")
    assert not set(held) & set(numbers_on(box, done.dataset, "train", "tune"))
    kept = box.datasets.frame(done.dataset, []).head(before.rows)
    assert kept.equals(box.datasets.frame(before, []))
    assert [n for n in held if n in exam] == numbers_on(box, before, "holdout")


_INGEST = """
import os, resource, signal, sys
from pathlib import Path
from ratchet.data.datasets import Datasets
from ratchet.spec import parse
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database

folder, stop, limit = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
class Stopping(Blobs):
    def put_file(self, key, path):
        super().put_file(key, path)
        if stop == "put":
            os.kill(os.getpid(), signal.SIGKILL)
def report(step):
    if step.note == stop:
        os.kill(os.getpid(), signal.SIGKILL)
spec = parse({"name": "t", "label": "y", "columns": {"text": "text", "n": "number"}, "candidates": [{"family": "x"}]})
database = Database.open(f"sqlite:///{folder / 'ratchet.db'}")
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
blobs = Stopping.open(folder / "blobs")
datasets = Datasets(database, blobs, "t")
datasets.ingest([str(folder / "rows.csv")], spec, quarantine=folder / "quarantine", progress=report)
"""


def _in_another_process(box: Box, stop: str = "", limit: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _INGEST, str(box.folder), stop, str(limit)]
    environment = {**os.environ, "POLARS_MAX_THREADS": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.parametrize("stop", ["reading", "looking for near-duplicates", "splitting", "put"])
def test_killed_in_the_midst_the_last_version_stays_and_the_next_run_goes_through(box: Box, stop: str) -> None:
    first = box.ingest(table(0, 100)).dataset
    frame = box.datasets.frame(first)
    box.put(table(0, 5000))
    assert _in_another_process(box, stop).returncode == -signal.SIGKILL
    assert box.datasets.latest() == first
    assert box.datasets.frame(first).equals(frame)
    done = box.ingest(table(0, 5000))
    assert done.added == 4900
    assert not box.quarantine.exists() or not any(box.quarantine.iterdir())


def test_a_full_disk_leaves_the_last_version_and_says_what_to_do(box: Box) -> None:
    first = box.ingest(table(0, 100)).dataset
    box.put(table(0, 60_000))
    before = box.files()
    answer = _in_another_process(box, limit=100_000)
    assert answer.returncode == 1
    assert "WorkspaceError" in answer.stderr
    assert "room on the disk" in answer.stderr
    assert box.files() == before
    assert box.datasets.latest() == first
    assert box.ingest(table(0, 60_000)).dataset.rows == 60_000


def test_real_reviews_keep_their_published_split(box: Box, real_data: Any) -> None:
    columns = {"text": "text", "split": "split"}
    spec = parse({"name": "t", "label": "label", "columns": columns, "candidates": [{"family": "linear.v1"}]})
    done = box.datasets.ingest([str(real_data("imdb.parquet"))], spec, quarantine=box.quarantine)
    assert done.dataset.sides["holdout"] == 25_000
    assert 123 <= done.dataset.sides["excluded"] < 500
    assert done.dataset.schema.classes == ("negative", "positive")
    rows = box.datasets.frame(done.dataset, [])
    held = set(rows.filter(pl.col("_side") == "holdout").get_column("_id"))
    assert not held & set(rows.filter(pl.col("_side").is_in(["train", "tune"])).get_column("_id"))
