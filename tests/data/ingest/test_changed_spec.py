from __future__ import annotations

import polars as pl

from ratchet.data.ingest.ingest import ingest
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


def test_a_slice_makes_another_dataset_of_the_same_rows_and_sides_though_nothing_is_learned_otherwise(
    box: Sandbox,
) -> None:
    plain = spec_of({"text": "text"})
    sliced = spec_of({"text": "text"}, gate={"slices": ["n"]})
    assert sliced.learning_hash == plain.learning_hash
    first = box.ingest(table(0, 300), plain).dataset
    assert (first.fits(plain), first.fits(sliced)) == (True, False)
    done = ingest(box.datasets, [], sliced, quarantine=box.quarantine).dataset
    assert (done.id != first.id, done.split_id) == (True, first.split_id)
    before, after = (box.datasets.frame(each, ["text", "y"]) for each in (first, done))
    assert before.equals(after)


def test_a_column_never_read_before_starts_afresh_and_says_so(box: Sandbox) -> None:
    frame = table(0, 300).with_columns(c=pl.lit("x"))
    first = box.ingest(frame).dataset
    done = box.ingest(frame.head(100), spec_of({"text": "text", "c": "category"}))
    assert done.dataset.rows == 100
    assert "give earlier sources again" in done.notes[0]
    assert done.dataset.split.draw == first.split.draw + 1


def test_another_rule_draws_a_new_holdout_of_the_same_rows(box: Sandbox) -> None:
    first = box.ingest(table(0, 300)).dataset
    changed = ingest(box.datasets, [], spec_of(split={"holdout": 0.4}), quarantine=box.quarantine)
    assert "new holdout" in changed.notes[0]
    assert changed.dataset.sides["holdout"] > 1.5 * first.sides["holdout"]
    assert (changed.dataset.split.draw, changed.dataset.split.generation) == (1, 0)
    assert [part.key for part in changed.dataset.parts] == [part.key for part in first.parts]
    assert first.split_id != changed.dataset.split_id
    later = box.ingest(table(300, 320), spec_of(split={"holdout": 0.4})).dataset
    before = box.sides(changed.dataset)
    assert {key: side for key, side in box.sides(later).items() if key in before} == before


def test_an_id_column_ignored_later_parts_rows_anew_and_the_holdout_stays(box: Sandbox) -> None:
    """Of 300 rows 30 come twice, under two ids: alike without the id, and one of each would be learned from."""
    frame = pl.concat([table(0, 300), table(0, 30)]).with_columns(id=pl.int_range(330) * 0.5 + 0.25)
    first = box.ingest(frame, spec_of({"text": "text", "n": "number", "id": "number"})).dataset
    done = ingest(box.datasets, [], spec_of(), quarantine=box.quarantine)
    before, after = (box.datasets.frame(each, ["n"]) for each in (first, done.dataset))
    held = after.filter(pl.col("_side") == "holdout")
    assert held.equals(after.filter((before["_side"] == "holdout").to_numpy()))
    assert not set(held["_id"]) & set(after.filter(pl.col("_side").is_in(["train", "tune"]))["_id"])
    lost = int(((before["_side"] != "excluded") & (after["_side"] == "excluded")).sum())
    assert lost > 0
    assert any(f"{lost} row" in note and "are learned from no more" in note for note in done.notes)
    assert done.dataset.split_id == first.split_id


def test_where_too_much_would_be_lost_rows_are_split_anew(box: Sandbox) -> None:
    frame = pl.concat([table(0, 100)] * 6).with_columns(z=pl.int_range(600) // 100 * 0.5)
    first = box.ingest(frame, spec_of({"text": "text", "n": "number", "z": "number"})).dataset
    done = ingest(box.datasets, [], spec_of(), quarantine=box.quarantine)
    assert (first.split.draw, done.dataset.split.draw, done.dataset.sides["excluded"]) == (0, 1, 0)
    assert any("rows are split anew, which starts a new holdout" in note for note in done.notes)
