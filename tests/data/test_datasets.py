from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ratchet.errors import NotFoundError, WorkspaceError
from tests.data.ingest.sandbox import Sandbox, table


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Sandbox]:
    made = Sandbox(tmp_path / "box")
    yield made
    made.database.close()


def test_a_version_is_added_behind_the_newest_or_not_at_all(box: Sandbox) -> None:
    first = box.ingest(table(0, 50)).dataset
    second = replace(first, id="second", parents=(first.id,), created_at=first.created_at + timedelta(seconds=1))
    for stale in (None, second):
        with pytest.raises(WorkspaceError, match="in the meantime"):
            box.datasets.add(second, after=stale)
    assert box.datasets.list() == [first]
    box.datasets.add(second, after=first)
    assert box.datasets.latest() == box.datasets.get("second") == second
    assert box.datasets.list() == [first, second]
    with pytest.raises(NotFoundError, match="no dataset third"):
        box.datasets.get("third")


def test_equal_files_are_kept_once_under_what_they_hold(box: Sandbox, tmp_path: Path) -> None:
    keys = []
    for name, values in (("a", [1, 2]), ("b", [1, 2]), ("c", [2, 1])):
        pl.DataFrame({"x": values}).write_parquet(tmp_path / name)
        keys.append(box.datasets.put(tmp_path / name))
    assert keys[0] == keys[1] != keys[2]
    assert len([name for name in box.files() if name.endswith(".parquet")]) == 2


def test_the_ids_of_the_holdout_are_sorted_and_those_of_its_rows(box: Sandbox) -> None:
    dataset = box.ingest(table(0, 200)).dataset
    ids = box.datasets.holdout_ids(dataset)
    assert (np.diff(ids.astype(np.float64)) > 0).all()
    assert set(ids.tolist()) == {each for each, side in box.sides(dataset).items() if side == "holdout"}
    assert len(box.datasets.sides(dataset)) == 200


def test_rows_that_were_changed_behind_our_back_are_not_read(box: Sandbox) -> None:
    dataset = box.ingest(table(0, 200)).dataset
    (part,) = dataset.parts
    (path,) = box.datasets.files(dataset.parts)
    good = path.read_bytes()
    frame = pl.read_parquet(path)
    frame.with_columns(pl.col("y").reverse()).write_parquet(path)
    with pytest.raises(WorkspaceError, match="changed or is damaged") as told:
        box.datasets.frame(dataset)
    assert part.key.removeprefix("data/") in str(told.value)
    with pytest.raises(WorkspaceError, match="changed or is damaged"):
        box.ingest(table(200, 220))
    for kept in (0, len(good) // 2, len(good) - 1):
        path.write_bytes(good[:kept])
        with pytest.raises(WorkspaceError, match="changed or is damaged"):
            box.datasets.frame(dataset)
    path.write_bytes(good)
    assert box.datasets.frame(dataset).height == 200


def test_sides_that_were_changed_behind_our_back_are_not_read(box: Sandbox) -> None:
    dataset = box.ingest(table(0, 200)).dataset
    (path,) = [box.datasets._blobs.local(part.sides) for part in dataset.parts]
    pl.read_parquet(path).with_columns(pl.col("_side").reverse()).write_parquet(path)
    with pytest.raises(WorkspaceError, match="changed or is damaged"):
        box.datasets.sides(dataset)
