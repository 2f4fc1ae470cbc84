from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from ratchet.data.checks.catalogue import run
from ratchet.data.checks.checked_rows import row_numbers
from ratchet.data.checks.concerned import concerned, write
from ratchet.data.findings import MOST_ROWS
from ratchet.errors import DataError
from tests.data.ingest.sandbox import Sandbox, spec_of, table


def test_rows_that_findings_name_are_written_with_all_their_columns(tmp_path: Path) -> None:
    box = Sandbox(tmp_path)
    rows = pl.concat([table(0, 60), pl.DataFrame({"text": ["row 7 says good"], "n": [7 / 4], "y": ["q"]})])
    dataset = box.ingest(rows).dataset
    frame = box.datasets.frame(dataset)
    found = run(frame, dataset.schema, spec=spec_of())
    (conflict,) = [each for each in found if each.check == "conflicting_labels"]
    assert conflict.rows == (8, 61)
    assert write(concerned(frame, [conflict], "y"), tmp_path / "rows.csv") == 2
    written = pl.read_csv(tmp_path / "rows.csv", schema_overrides={"_id": pl.UInt64})
    assert written.columns == ["finding", "dataset_row", "y", "text", "n", "_id", "_side"]
    assert written.get_column("finding").to_list() == ["conflicting_labels"] * 2
    assert written.select("dataset_row", "y", "text").rows() == [
        (8, "p", "row 7 says good"),
        (61, "q", "row 7 says good"),
    ]
    assert written.get_column("_id").n_unique() == 1
    assert concerned(frame, [], "y").height == 0
    box.database.close()


def test_files_are_given_by_their_size_and_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    frame = pl.DataFrame({"y": ["a"], "photo": [b"123"], "_id": [1], "_side": ["train"]})
    found = concerned(frame, [], "y")
    assert found.schema["photo"] == pl.String
    with pytest.raises(DataError, match="cannot be written to"):
        write(found, tmp_path / "absent" / "rows.csv")


def test_of_very_many_rows_the_first_are_kept() -> None:
    assert row_numbers(np.arange(10_000)) == tuple(range(1, MOST_ROWS + 1))
