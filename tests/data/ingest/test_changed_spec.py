from __future__ import annotations

import polars as pl

from ratchet.data.ingest.ingest import ingest, rotate
from tests.data.ingest.sandbox import Sandbox, spec_of, table


def test_a_dropped_column_needs_no_reading_again_and_keeps_the_holdout(box: Sandbox) -> None:
    first = box.ingest(table(0, 300)).dataset
    spec = spec_of({"text": "text", "n": "ignore"})
    assert first.fits(spec_of())
    assert not first.fits(spec)
    done = ingest(box.datasets, [], spec, quarantine=box.quarantine)
    assert done.dataset.fits(spec)
    assert done.dataset.parents == (first.id,)
    assert list(done.dataset.types) == ["text", "y"]
    before, after = box.datasets.frame(first, ["y"]), box.datasets.frame(done.dataset, ["y"])
    assert after.get_column("_side").to_list() == before.get_column("_side").to_list()
    assert done.dataset.split_id == first.split_id
    again = ingest(box.datasets, [str(box.folder / "rows.csv")], spec, quarantine=box.quarantine)
    assert (again.added, again.dataset.id) == (0, done.dataset.id)


def test_another_kind_or_a_slice_needs_no_reading_again_either(box: Sandbox) -> None:
    frame = table(0, 300).with_columns(c=pl.when(pl.int_range(300) == 7).then(pl.lit("odd")).otherwise(pl.lit("1.0")))
    first = box.ingest(frame, spec_of({"text": "text", "c": "category"})).dataset
    spec = spec_of({"text": "text", "c": "number"}, gate={"slices": ["n"]})
    done = ingest(box.datasets, [], spec, quarantine=box.quarantine)
    assert (done.bad, done.dataset.rows) == (1, 299)
    assert done.quarantine_file is not None
    assert f"dataset {first.id}" in done.quarantine_file.read_text()
    before = box.datasets.frame(first).filter(pl.col("c") != "odd")
    after = box.datasets.frame(done.dataset)
    assert after.get_column("_side").to_list() == before.get_column("_side").to_list()
    assert after.select("text", "c", "n").rows()[0] == ("row 0 says bad", 1.0, None)
    later = box.ingest(frame.with_columns(text=pl.col("text") + "!"), spec).dataset
    assert box.datasets.frame(later, ["n"]).get_column("n").null_count() == 299


def test_a_column_never_read_before_starts_afresh_and_says_so(box: Sandbox) -> None:
    frame = table(0, 300).with_columns(c=pl.lit("x"))
    first = box.ingest(frame).dataset
    done = box.ingest(frame.head(100), spec_of({"text": "text", "c": "category"}))
    assert done.dataset.rows == 100
    assert "give earlier sources again" in done.notes[0]
    assert done.dataset.split.generation == first.split.generation + 1


def test_another_rule_or_a_rotation_starts_a_new_holdout_of_the_same_rows(box: Sandbox) -> None:
    first = box.ingest(table(0, 300)).dataset
    changed = ingest(box.datasets, [], spec_of(split={"holdout": 0.4}), quarantine=box.quarantine)
    assert "new holdout" in changed.notes[0]
    assert changed.dataset.sides["holdout"] > 1.5 * first.sides["holdout"]
    rotated = rotate(box.datasets, spec_of(split={"holdout": 0.4}), quarantine=box.quarantine)
    assert rotated.split.generation == changed.dataset.split.generation + 1 == 2
    assert box.sides(rotated) != box.sides(changed.dataset)
    assert [part.key for part in rotated.parts] == [part.key for part in first.parts]
    assert len({dataset.id for dataset in box.datasets.list()}) == 3
    assert len({first.split_id, changed.dataset.split_id, rotated.split_id}) == 3
    later = box.ingest(table(300, 320), spec_of(split={"holdout": 0.4})).dataset
    assert {key: side for key, side in box.sides(later).items() if key in box.sides(rotated)} == box.sides(rotated)
