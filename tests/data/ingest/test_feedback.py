from __future__ import annotations

import json
from collections.abc import Iterator

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ratchet.data.dataset import Dataset
from ratchet.data.ingest.ingest import ingest, ingest_feedback
from ratchet.data.readers.batch import BadRow, Batch
from ratchet.errors import DataError
from tests.data.ingest.sandbox import Sandbox, spec_of, table


def came_back(*numbers: int, label: str | None = None) -> list[Batch]:
    """Rows of the table as feedback brings them that was given because of the answer, in two batches."""
    frame = pl.concat([table(n, n + 1) for n in numbers]).with_columns(_chosen=True)
    if label is not None:
        frame = frame.with_columns(y=pl.lit(label))
    half = len(numbers) // 2
    return [
        Batch(frame=frame.head(half), bad=(), first_row=1, origin="feedback"),
        Batch(frame=frame.tail(len(numbers) - half), bad=(), first_row=half + 1, origin="feedback"),
    ]


def numbers_on(box: Sandbox, dataset: Dataset, *sides: str) -> list[int]:
    rows = box.datasets.frame(dataset, ["n"]).filter(pl.col("_side").is_in(sides))
    return [int(n * 4) for n in rows.get_column("n")]


def test_feedback_with_the_label_that_is_there_changes_nothing_and_another_label_corrects_it(box: Sandbox) -> None:
    first = box.ingest(table(0, 300)).dataset
    held_out, lesson = numbers_on(box, first, "holdout")[:3], numbers_on(box, first, "train")[:2]
    wrong = [n for n in [*held_out, *lesson] if n % 3 == 0]
    done = ingest_feedback(
        box.datasets, came_back(*held_out, *lesson, *range(300, 340), label="p"), spec_of(), quarantine=box.quarantine
    )
    assert (done.added, done.repeated, done.bad, done.corrected) == (40, 5, 0, len(wrong))
    assert (done.dataset.rows, done.dataset.parents, done.dataset.source) == (340, (first.id,), "feedback")
    assert done.dataset.corrected == len(wrong)
    assert done.dataset.corrected_held_out == sum(n in held_out for n in wrong)
    before, after = (box.datasets.frame(each, ["n", "y"]) for each in (first, done.dataset))
    assert after.head(300).drop("y").equals(before.drop("y"))
    changed = after.head(300).filter(after.head(300)["y"] != before["y"])
    assert sorted(int(n * 4) for n in changed["n"]) == sorted(wrong)
    assert set(changed["y"]) == {"p"}
    assert done.quarantine_file is None


def test_of_several_labels_for_a_row_that_is_there_the_last_counts(box: Sandbox) -> None:
    first = box.ingest(table(0, 300)).dataset
    number = next(n for n in numbers_on(box, first, "holdout") if n % 3)
    both = [*came_back(number, number, label="p"), *came_back(number, number, label="q")]
    done = ingest_feedback(box.datasets, both, spec_of(), quarantine=box.quarantine)
    assert (done.corrected, done.added, done.dataset.corrected_held_out) == (1, 0, 1)
    again = ingest_feedback(box.datasets, both, spec_of(), quarantine=box.quarantine)
    assert (again.corrected, again.added, again.dataset) == (0, 0, done.dataset)
    rows = box.datasets.frame(done.dataset, ["n", "y"])
    assert rows.filter(pl.col("n") == number / 4)["y"].to_list() == ["q"]


def test_where_equal_rows_are_common_another_label_is_another_row(box: Sandbox) -> None:
    first = box.ingest(pl.concat([table(0, 300), table(0, 60)])).dataset
    number = next(n for n in numbers_on(box, first, "holdout") if n % 3)
    done = ingest_feedback(box.datasets, came_back(number, number, label="q"), spec_of(), quarantine=box.quarantine)
    assert (done.corrected, done.added) == (0, 2)
    assert any("no label was corrected" in note for note in done.notes)
    assert box.datasets.frame(done.dataset)["_side"].to_list()[-2:] == ["excluded"] * 2


def test_a_file_corrects_labels_only_where_it_is_told_to(box: Sandbox) -> None:
    first = box.ingest(table(0, 300)).dataset
    mended = table(10, 20).with_columns(y=pl.lit("r"))
    plain = Sandbox(box.folder / "plain")
    plain.ingest(table(0, 300))
    beside = plain.ingest(mended, name="mended.csv")
    assert (beside.added, beside.corrected) == (10, 0)
    assert any("10 rows are there with another label" in note and "--correct" in note for note in beside.notes)
    plain.database.close()
    source = box.put(mended, "mended.csv")
    done = ingest(box.datasets, [source], spec_of(), quarantine=box.quarantine, correct=True)
    assert (done.added, done.corrected, done.dataset.rows) == (0, 10, 300)
    assert done.dataset.schema.classes == ("p", "q", "r")
    assert box.sides(done.dataset) == box.sides(first)
    again = ingest(box.datasets, [source], spec_of(), quarantine=box.quarantine, correct=True)
    assert (again.corrected, again.dataset) == (0, done.dataset)


def test_chosen_rows_are_learned_from_and_rows_by_lot_fall_on_any_side(box: Sandbox) -> None:
    box.ingest(table(0, 300))
    done = ingest_feedback(box.datasets, came_back(*range(300, 400), 300), spec_of(), quarantine=box.quarantine)
    assert done.added == 101
    joined = box.datasets.frame(done.dataset).tail(101)
    assert set(joined["_side"]) == {"train", "tune"}
    assert joined["_chosen"].all()
    outcomes = [
        Batch(frame=each.frame.with_columns(_chosen=False), bad=(), first_row=each.first_row, origin=each.origin)
        for each in came_back(*range(400, 500))
    ]
    later = ingest_feedback(box.datasets, outcomes, spec_of(), quarantine=box.quarantine)
    rows = box.datasets.frame(later.dataset).tail(100)
    assert not rows["_chosen"].any()
    assert 8 <= int((rows["_side"] == "holdout").sum()) <= 32
    again = ingest_feedback(box.datasets, came_back(*range(300, 345)), spec_of(), quarantine=box.quarantine)
    assert (again.added, again.dataset) == (0, later.dataset)


def test_unlabelled_feedback_is_bad(box: Sandbox) -> None:
    first = box.ingest(table(0, 300)).dataset
    with pytest.raises(DataError, match=r"10 of 10 rows are bad .* nothing was added"):
        ingest_feedback(box.datasets, came_back(*range(300, 310), label=""), spec_of(), quarantine=box.quarantine)
    assert box.datasets.latest() == first


def test_rows_whose_cells_were_deleted_are_set_aside_and_count_as_no_mistake(box: Sandbox) -> None:
    box.ingest(table(0, 300))
    gone = tuple(
        BadRow(origin="feedback", row=row, column="p", found="nothing", reason="its blob is gone") for row in (1, 3)
    )
    batch = Batch(frame=table(300, 301), bad=(), gone=gone, first_row=1, origin="feedback")
    assert batch.rows().tolist() == [2]
    done = ingest_feedback(box.datasets, [batch], spec_of(), quarantine=box.quarantine)
    assert (done.added, done.bad, done.gone) == (1, 0, 2)
    assert done.quarantine_file is not None
    written = [json.loads(line) for line in done.quarantine_file.read_text().splitlines()]
    assert [(each["row"], each["reason"]) for each in written] == [(1, "its blob is gone"), (3, "its blob is gone")]
    all_gone = Batch(frame=table(0, 0), bad=(), gone=gone[:1], first_row=1, origin="feedback")
    again = ingest_feedback(box.datasets, [all_gone], spec_of(), quarantine=box.quarantine)
    assert (again.added, again.bad, again.gone, again.dataset) == (0, 0, 1, done.dataset)


def test_feedback_joins_the_rows_as_the_spec_asks_for_them_now(box: Sandbox) -> None:
    box.ingest(table(0, 300))
    spec = spec_of({"text": "text"}, split={"holdout": 0.4})
    done = ingest_feedback(box.datasets, came_back(*range(300)), spec, quarantine=box.quarantine)
    assert done.dataset.fits(spec)
    assert (done.added, done.repeated, done.dataset.rows) == (0, 300, 300)


def test_feedback_alone_makes_a_first_version_with_nothing_held_out(box: Sandbox) -> None:
    done = ingest_feedback(box.datasets, came_back(*range(60)), spec_of(), quarantine=box.quarantine)
    assert (done.added, done.dataset.parents, done.dataset.sides["holdout"]) == (60, (), 0)


@pytest.fixture(scope="module")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Sandbox]]:
    """A workspace for each rule of the split, with 60 rows taken in; later rows may join them."""
    made = {name: Sandbox(tmp_path_factory.mktemp(name)) for name in GROUNDS}
    for name, box in made.items():
        ingest(box.datasets, [box.put(ground(0, 60))], GROUNDS[name], quarantine=box.quarantine)
    yield made
    for box in made.values():
        box.database.close()


BASE = {"text": "text", "n": "number"}
GROUNDS = {"hash": spec_of(BASE), "group": spec_of({**BASE, "g": "group"}), "time": spec_of({**BASE, "w": "time"})}


def ground(first: int, last: int) -> pl.DataFrame:
    return table(first, last).with_columns(g=pl.int_range(first, last) // 3, w=pl.int_range(first, last))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rule=st.sampled_from(sorted(GROUNDS)),
    numbers=st.lists(st.integers(0, 75), min_size=1, max_size=30),
    label=st.sampled_from(["p", "q", None]),
    shift=st.sampled_from([0, -40, 40]),
)
def test_whatever_comes_back_no_training_row_equals_a_holdout_row(
    grounds: dict[str, Sandbox], rule: str, numbers: list[int], label: str | None, shift: int
) -> None:
    box, spec = grounds[rule], GROUNDS[rule]
    before = box.datasets.latest()
    assert before is not None
    frame = pl.concat([ground(n, n + 1) for n in numbers])
    frame = frame.with_columns(pl.col("w") + shift, pl.col("g") + shift)  # another moment, another group
    if label is not None:
        frame = frame.with_columns(y=pl.lit(label))
    feedback = [Batch(frame=frame.with_columns(_chosen=True), bad=(), first_row=1, origin="feedback")]
    done = ingest_feedback(box.datasets, feedback, spec, quarantine=box.quarantine)
    assert done.added + done.repeated == len(numbers)
    held = numbers_on(box, done.dataset, "holdout")
    assert held == numbers_on(box, before, "holdout")
    assert not set(held) & set(numbers_on(box, done.dataset, "train", "tune"))
    kept = box.datasets.frame(done.dataset, []).head(before.rows)
    assert kept.equals(box.datasets.frame(before, []))


def test_a_correction_that_is_taken_back_is_the_newest_again(box: Sandbox) -> None:
    first = box.ingest(table(0, 300)).dataset
    for rows in (table(10, 20).with_columns(y=pl.lit("q")), table(10, 20)):
        source = box.put(rows, "mended.csv")
        last = ingest(box.datasets, [source], spec_of(), quarantine=box.quarantine, correct=True).dataset
    assert last.corrected > 0
    newest = box.datasets.latest()
    assert newest is not None
    assert newest.id == last.id != first.id
    assert box.datasets.frame(newest).equals(box.datasets.frame(first))
    assert len(box.datasets.list()) == 3
