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
    """Rows of the table as feedback brings them, in two batches."""
    frame = pl.concat([table(n, n + 1) for n in numbers])
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


def test_feedback_that_equals_holdout_rows_is_set_aside_with_the_reason(box: Sandbox) -> None:
    first = box.ingest(table(0, 300)).dataset
    held_out, lesson = numbers_on(box, first, "holdout")[:3], numbers_on(box, first, "train")[:2]
    batches = came_back(*held_out, *lesson, *range(300, 340), label="p")
    done = ingest_feedback(box.datasets, batches, spec_of(), quarantine=box.quarantine)
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
        "equals a row of the holdout: trained on, it would leak the holdout"
    }
    assert [f"'row {n} says" in each["found"] for n, each in zip(held_out, written, strict=True)] == [True] * 3
    assert set(numbers_on(box, done.dataset, "holdout")) - set(numbers_on(box, first, "holdout")) <= set(
        range(300, 340)
    )


def test_feedback_is_not_added_twice(box: Sandbox) -> None:
    box.ingest(table(0, 300))
    done = ingest_feedback(box.datasets, came_back(*range(300, 340), 300), spec_of(), quarantine=box.quarantine)
    assert (done.added, done.held_out) == (41, 0)
    joined = [n for n in numbers_on(box, done.dataset, "holdout") if n >= 300]
    assert joined
    again = ingest_feedback(box.datasets, came_back(*range(300, 340), 300), spec_of(), quarantine=box.quarantine)
    assert (again.added, again.held_out, again.repeated) == (0, len(joined), 41 - len(joined))
    assert again.dataset == done.dataset
    grown = ingest_feedback(box.datasets, came_back(*range(300, 345), 300), spec_of(), quarantine=box.quarantine)
    assert grown.added == 5
    corrected = ingest_feedback(box.datasets, came_back(joined[0], label="q"), spec_of(), quarantine=box.quarantine)
    assert (corrected.added, corrected.held_out, corrected.dataset) == (0, 1, grown.dataset)


def test_much_feedback_on_the_holdout_is_no_bad_share_and_bad_rows_are_still_bad(box: Sandbox) -> None:
    first = box.ingest(table(0, 300)).dataset
    held_out = came_back(*numbers_on(box, first, "holdout"))
    done = ingest_feedback(box.datasets, held_out, spec_of(), quarantine=box.quarantine)
    assert (done.added, done.bad, done.held_out) == (0, 0, first.sides["holdout"])
    unlabelled = [*held_out, *came_back(*range(300, 310), label="")]
    with pytest.raises(DataError, match=r"10 of 10 rows are bad .* nothing was added") as caught:
        ingest_feedback(box.datasets, unlabelled, spec_of(), quarantine=box.quarantine)
    assert "holdout" not in str(caught.value)
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


def test_feedback_is_told_from_the_holdout_of_the_spec_as_it_is_now(box: Sandbox) -> None:
    first = box.ingest(table(0, 300)).dataset
    spec = spec_of({"text": "text"}, split={"holdout": 0.4})
    done = ingest_feedback(box.datasets, came_back(*range(300)), spec, quarantine=box.quarantine)
    assert done.dataset.fits(spec)
    assert done.held_out == done.dataset.sides["holdout"] > 1.5 * first.sides["holdout"]
    assert done.added == 0


def test_feedback_alone_makes_a_first_version(box: Sandbox) -> None:
    done = ingest_feedback(box.datasets, came_back(*range(60)), spec_of(), quarantine=box.quarantine)
    assert (done.added, done.held_out, done.dataset.parents) == (60, 0, ())


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
    held_out = set(numbers_on(box, before, "holdout"))
    feedback = [Batch(frame=frame, bad=(), first_row=1, origin="feedback")]
    done = ingest_feedback(box.datasets, feedback, spec, quarantine=box.quarantine)
    assert done.held_out == sum(n in held_out for n in numbers)
    assert done.added + done.repeated + done.held_out == len(numbers)
    held = numbers_on(box, done.dataset, "holdout")
    assert not set(held) & set(numbers_on(box, done.dataset, "train", "tune"))
    kept = box.datasets.frame(done.dataset, []).head(before.rows)
    assert kept.equals(box.datasets.frame(before, []))
    assert [n for n in held if n in held_out] == numbers_on(box, before, "holdout")
