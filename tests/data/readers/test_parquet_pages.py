from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratchet.data.readers.opened import File
from ratchet.data.readers.parquet_pages import Unpacked, unpacked_size
from ratchet.data.readers.thrift import Compact


def test_pages_say_how_much_a_file_unpacks_to(tmp_path: Path) -> None:
    rows = 100_000
    frame = pl.DataFrame({"n": np.random.default_rng(0).normal(size=rows), "t": ["a"] * rows})
    frame.write_parquet(tmp_path / "t.parquet", row_group_size=30_000)
    found = unpacked_size(File(tmp_path / "t.parquet"))
    assert found.rows == rows
    assert found.bounds[-1] == rows
    assert set(range(0, rows, 30_000)) <= set(found.bounds.tolist())
    # At least 8 bytes for a number, and 16 for a value of any column once unpacked.
    assert 8 * rows + 2 * 16 * rows < found.sizes[-1] < 20 * rows + 2 * 16 * rows


def test_slices_are_cut_where_rows_get_larger() -> None:
    found = Unpacked(rows=110, bounds=np.array([0.0, 100, 110]), sizes=np.array([0.0, 1_000, 2_000]))
    assert list(found.slices(1_000, 500)) == [(0, 50), (50, 50), (100, 5), (105, 5)]
    assert list(found.slices(40, 10_000)) == [(0, 40), (40, 40), (80, 30)]
    assert [length for _, length in found.slices(1_000, 1)] == [1] * 110


@pytest.mark.parametrize("cut", [4, 12, 60])
def test_what_is_no_parquet_file_is_a_value_error(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "t.parquet"
    pl.DataFrame({"n": [1, 2]}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(ValueError, match="footer"):
        unpacked_size(File(path))


@given(st.binary(max_size=200))
def test_whatever_the_bytes_are_only_a_value_error_is_raised(content: bytes) -> None:
    try:
        found = Compact(content).struct()
    except ValueError:
        return
    assert isinstance(found, dict)


def test_lists_in_lists_without_end_are_a_value_error() -> None:
    # Field 1, a list of one list of one list ...: each is a byte that says so.
    with pytest.raises(ValueError, match="nested too deeply"):
        Compact(bytes([0x19, *[0x19] * 50_000])).struct()


def test_a_table_of_few_levels_is_read(tmp_path: Path) -> None:
    column = pl.Series("z", [1])
    for _ in range(10):
        column = column.implode()
    pl.DataFrame({"z": column}).write_parquet(tmp_path / "t.parquet")
    assert unpacked_size(File(tmp_path / "t.parquet")).rows == 1


def test_fields_are_read_by_their_numbers() -> None:
    # Field 1, an integer of 300 as zigzag 600; field 2, the text "ab"; field 20, true, by its whole number.
    content = bytes([0x15, 0xD8, 0x04, 0x18, 0x02]) + b"ab" + bytes([0x01, 0x28, 0x00])
    assert Compact(content).struct() == {1: 300, 2: b"ab", 20: True}
    assert Compact(content).struct({2}) == {2: b"ab"}
