from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from ratchet.data.readers.read import read
from ratchet.errors import DataError


def test_rows_come_typed_in_batches(tmp_path: Path) -> None:
    frame = pl.DataFrame({"t": ["a", None, "c"], "n": [1, 2, 3], "b": [b"\xff", None, b""]})
    frame.write_parquet(tmp_path / "t.parquet")
    batches = list(read(str(tmp_path / "t.parquet"), batch_rows=2))
    assert pl.concat([batch.frame for batch in batches]).equals(frame)
    assert [batch.rows().tolist() for batch in batches] == [[1, 2], [3]]


def test_long_cells_and_nul_are_set_aside(tmp_path: Path) -> None:
    pl.DataFrame({"t": ["a", "x" * 11, "c\0", "é" * 10]}).write_parquet(tmp_path / "t.parquet")
    (batch,) = read(str(tmp_path / "t.parquet"), max_cell=10)
    assert batch.frame.get_column("t").to_list() == ["a", "é" * 10]
    assert [(bad.row, bad.column) for bad in batch.bad] == [(2, "t"), (3, "t")]
    assert batch.rows().tolist() == [1, 4]


@pytest.mark.parametrize("kept", [0.99, 0.5, 0.01])
def test_a_truncated_file_is_refused(tmp_path: Path, kept: float) -> None:
    path = tmp_path / "t.parquet"
    pl.DataFrame({"n": range(10_000)}).write_parquet(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(DataError, match="not a whole Parquet file"):
        list(read(str(path)))


def test_a_file_damaged_in_its_middle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pl.DataFrame({"t": [f"text {n * n}" for n in range(5_000)]}).write_parquet(path)
    content = bytearray(path.read_bytes())
    content[1000:1200] = bytes(200)
    path.write_bytes(content)
    with pytest.raises(DataError, match="not a whole Parquet file"):
        list(read(str(path)))


def test_a_table_without_rows_is_refused(tmp_path: Path) -> None:
    pl.DataFrame({"t": []}, schema={"t": pl.String}).write_parquet(tmp_path / "t.parquet")
    with pytest.raises(DataError, match="no rows"):
        list(read(str(tmp_path / "t.parquet")))
