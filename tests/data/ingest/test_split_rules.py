from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from ratchet.data.datasets import Datasets
from ratchet.data.ingest.ingest import ingest
from ratchet.errors import DataError, WorkspaceError
from ratchet.progress import Progress
from ratchet.spec import parse
from ratchet.store.blobs import Blobs
from tests.data.ingest.sandbox import Sandbox, spec_of, table


def test_the_tables_own_split_group_and_time(box: Sandbox, tmp_path: Path) -> None:
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
    grouped = Sandbox(tmp_path / "g")
    by_group = grouped.ingest(frame, spec_of({**base, "g": "group"})).dataset
    sides = grouped.datasets.frame(by_group, ["g"]).group_by("g").agg(pl.col("_side").n_unique())
    assert set(sides.get_column("_side")) == {1}
    timed = Sandbox(tmp_path / "w")
    by_time = timed.ingest(frame, spec_of({**base, "w": "time"})).dataset
    assert (
        timed.datasets.frame(by_time, ["w"]).filter(pl.col("_side") == "holdout").get_column("w").to_list()
        == (timed.datasets.frame(by_time, ["w"]).get_column("w").to_list()[320:])
    )
    with pytest.raises(DataError, match="says 'Tset'"):
        Sandbox(tmp_path / "bad").ingest(
            frame.with_columns(s=pl.col("s").str.replace("Test", "Tset")), spec_of({**base, "s": "split"})
        )


def test_near_duplicates_are_one_unit_on_one_side_unless_told_otherwise(tmp_path: Path) -> None:
    texts = [" ".join(f"{word}{n}" for word in "ABCDEFGHIJKLMNOPQRST") for n in range(200)]
    near = pl.DataFrame({"text": [*texts, *(text + " again" for text in texts)], "y": ["p", "q"] * 200})
    spec = spec_of({"text": "text"})
    guarded = Sandbox(tmp_path / "one")
    rows = guarded.datasets.frame(guarded.ingest(near, spec).dataset)
    assert rows["_unit"].n_unique() == 200
    assert set(rows.group_by("_unit").agg(pl.col("_side").n_unique(), pl.col("_id").min())["_side"]) == {1}
    assert rows.group_by("_unit").agg(pl.col("_id").min()).filter(pl.col("_unit") != pl.col("_id")).is_empty()
    assert "excluded" not in rows["_side"]
    assert int((rows["_side"] == "holdout").sum()) == pytest.approx(80, abs=40)
    free = Sandbox(tmp_path / "two")
    rows = free.datasets.frame(free.ingest(near, spec_of({"text": "text"}, split={"near_duplicates": False})).dataset)
    held, learned = (rows.filter(pl.col("_side") == side) for side in ("holdout", "train"))
    assert not held.filter(pl.col("text").str.replace(" again", "").is_in(learned["text"].implode())).is_empty()


def test_numbers_nearly_equal_are_one_unit_and_rows_of_a_group_are(box: Sandbox) -> None:
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(300, 4))
    noised = numbers + rng.normal(scale=1e-5, size=numbers.shape)
    names = ["a", "b", "c", "d"]
    frame = pl.DataFrame(np.concatenate([numbers, noised]), schema=names).with_columns(
        y=pl.Series(["p", "q"] * 300), g=pl.Series([None] * 560 + ["one"] * 40)
    )
    rows = box.datasets.frame(box.ingest(frame, spec_of({**dict.fromkeys(names, "number"), "g": "group"})).dataset)
    units = rows["_unit"].to_numpy()
    assert (units[:260] == units[300:560]).mean() > 0.95
    assert rows["_unit"][-40:].n_unique() == 1
    sides = rows.filter(pl.col("_side") != "excluded").group_by("_unit").agg(pl.col("_side").n_unique())
    assert set(sides["_side"]) == {1}


def test_a_table_too_large_for_memory_is_not_searched_for_near_duplicates_and_says_so(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ratchet.data.ingest.next_version.MOST_BYTES", 1000)
    assert any("too large to look for near-duplicates" in note for note in box.ingest(table(0, 100)).notes)


def test_another_writer_in_the_meantime_is_noticed(box: Sandbox, tmp_path: Path) -> None:
    box.ingest(table(0, 50))
    other = Datasets(box.database, Blobs.open(box.folder / "blobs"), "t")
    late = box.put(table(50, 60), "late.csv")

    def interfere(progress: Progress) -> None:
        if progress.note == "splitting" and len(box.datasets.list()) == 1:
            ingest(other, [late], spec_of(), quarantine=tmp_path / "q")

    with pytest.raises(WorkspaceError, match="in the meantime"):
        ingest(box.datasets, [box.put(table(60, 70))], spec_of(), quarantine=box.quarantine, progress=interfere)
    assert [dataset.rows for dataset in box.datasets.list()] == [50, 60]


def test_real_reviews_keep_their_published_split(box: Sandbox, real_data: Any) -> None:
    columns = {"text": "text", "split": "split"}
    spec = parse({"name": "t", "label": "label", "columns": columns, "candidates": [{"family": "linear.v1"}]})
    done = ingest(box.datasets, [str(real_data("imdb.parquet"))], spec, quarantine=box.quarantine)
    assert done.dataset.sides["holdout"] == 25_000
    assert 123 <= done.dataset.sides["excluded"] < 500
    assert done.dataset.schema.classes == ("negative", "positive")
    rows = box.datasets.frame(done.dataset, [])
    held = set(rows.filter(pl.col("_side") == "holdout").get_column("_id"))
    assert not held & set(rows.filter(pl.col("_side").is_in(["train", "tune"])).get_column("_id"))
