from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ratchet.data.ingest.ingest import ingest
from ratchet.errors import DataError, NotFoundError
from ratchet.progress import Progress
from ratchet.store.tables import datasets
from tests.data.ingest.sandbox import Sandbox, spec_of, table


def test_rows_come_back_typed_with_their_id_and_side(box: Sandbox) -> None:
    done = box.ingest(table(0, 300))
    assert (done.added, done.repeated, done.bad, done.quarantine_file) == (300, 0, 0, None)
    dataset = box.datasets.latest()
    assert dataset == done.dataset == box.datasets.get(done.dataset.id)
    assert (dataset.rows, dataset.parents, dataset.schema.classes) == (300, (), ("p", "q"))
    frame = box.datasets.frame(dataset)
    assert frame.select("text", "n", "y").equals(table(0, 300))
    assert frame.schema["_id"] == pl.UInt64
    assert dict(frame.get_column("_side").value_counts().iter_rows()) == {k: v for k, v in dataset.sides.items() if v}
    assert box.datasets.frame(dataset, ["y"]).columns == ["y", "_id", "_side", "_unit", "_chosen"]
    assert frame.equals(box.datasets.frame(dataset))
    with pytest.raises(DataError, match="no column z"):
        box.datasets.frame(dataset, ["z"])
    with pytest.raises(NotFoundError):
        box.datasets.get("absent")


@pytest.mark.parametrize("name", ["again.csv", "again.jsonl", "again.parquet"])
def test_the_id_depends_neither_on_the_order_nor_on_the_format(box: Sandbox, tmp_path: Path, name: str) -> None:
    rows = pl.concat([table(0, 100), table(0, 10)]).with_columns(n=pl.when(pl.col("n") > 3).then("n"))
    first = box.ingest(rows).dataset
    other = Sandbox(tmp_path / "other")
    again = other.ingest(rows.sample(fraction=1, shuffle=True, seed=1), name=name).dataset
    assert again.id == first.id
    assert other.sides(again) == box.sides(first)
    changed = Sandbox(tmp_path / "changed").ingest(
        rows.with_columns(y=pl.lit("r").repeat_by(1).list.first())[:1].vstack(rows[1:])
    )
    assert changed.dataset.id != first.id


def test_reading_a_source_again_adds_nothing_and_a_grown_one_its_new_rows(box: Sandbox) -> None:
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


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.lists(st.integers(0, 60), min_size=1, max_size=40), min_size=1, max_size=4))
def test_sides_stay_and_counts_are_the_largest_seen(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[list[int]]
) -> None:
    box = Sandbox(tmp_path_factory.mktemp("box"))
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


def test_bad_rows_are_counted_and_written_down(box: Sandbox) -> None:
    lines = table(0, 100).write_csv() + "a,b\nnew,abc,p\nnew,1,\n"
    (box.folder / "rows.csv").write_text(lines)
    done = ingest(box.datasets, [str(box.folder / "rows.csv")], spec_of(), quarantine=box.quarantine)
    assert (done.added, done.bad) == (100, 3)
    assert done.quarantine_file is not None
    written = [json.loads(line) for line in done.quarantine_file.read_text().splitlines()]
    assert [(each["row"], each["column"]) for each in written] == [(101, None), (102, "n"), (103, "y")]
    assert written[1] == {
        "origin": str(box.folder / "rows.csv"), "row": 102, "column": "n", "found": "'abc'", "reason": "not a number",
    }  # fmt: skip
    named = box.folder / "aside.jsonl"
    again = ingest(box.datasets, [str(box.folder / "rows.csv")], spec_of(), quarantine=named)
    assert (again.added, again.bad, again.quarantine_file) == (0, 3, named)


def test_too_many_bad_rows_are_refused_and_only_the_quarantine_is_written(box: Sandbox) -> None:
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
def test_tables_that_cannot_be_learned_from_leave_the_workspace_as_it_was(box: Sandbox, name: str) -> None:
    frame, words = REFUSED[name]
    source = box.put(frame)
    before = box.files()
    with pytest.raises(DataError, match=words) as caught:
        ingest(box.datasets, [source], spec_of(), quarantine=box.quarantine)
    assert caught.value.todo
    after = {name: size for name, size in box.files().items() if not name.startswith("quarantine/")}
    assert after == before
    assert box.datasets.latest() is None


def test_a_class_with_one_row_is_said(box: Sandbox) -> None:
    done = box.ingest(pl.concat([table(0, 50), table(60, 61).with_columns(y=pl.lit("rare"))]))
    assert any("'rare' has one row only" in note for note in done.notes)
    frame = box.datasets.frame(done.dataset)
    assert frame.filter(pl.col("y") == "rare").get_column("_side").to_list() == ["train"]


def test_classes_grow_and_stay_sorted(box: Sandbox) -> None:
    box.ingest(table(0, 50))
    done = box.ingest(table(50, 60).with_columns(y=pl.lit("a")))
    assert done.dataset.schema.classes == ("a", "p", "q")


def test_display_names_are_no_part_of_a_dataset(box: Sandbox) -> None:
    first = box.ingest(table(0, 50), spec_of(labels={"p": "Positive"})).dataset
    renamed = spec_of(labels={"p": "Favourable"})
    assert first.fits(renamed)
    assert box.ingest(table(0, 50), renamed).dataset == first
    assert ingest(box.datasets, [], renamed, quarantine=box.quarantine).dataset == first
    with box.database.read() as connection:
        (manifest,) = connection.execute(sa.select(datasets.c.manifest)).scalars()
    assert "Positive" not in json.dumps(manifest)


def test_the_notes_of_an_ingest_are_reported(box: Sandbox) -> None:
    box.ingest(table(0, 300))
    heard: list[Progress] = []
    changed = spec_of(split={"holdout": 0.4})
    done = ingest(box.datasets, [], changed, quarantine=box.quarantine, progress=heard.append)
    assert done.notes
    assert [each.note for each in heard][-len(done.notes) :] == list(done.notes)


def test_nan_and_infinities_are_counted(box: Sandbox) -> None:
    frame = table(0, 100).with_columns(n=pl.when(pl.col("n") < 3).then(float("inf")).otherwise("n"))
    assert box.ingest(frame, name="rows.parquet").blanked == {"n": 12}
