"""Frames of every library are the same rows, with PyArrow and without it."""

from __future__ import annotations

import subprocess
import sys
from collections import deque
from datetime import UTC, date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from ratchet.data.readers.batch import Batch
from ratchet.data.readers.frames import plain, table_of
from ratchet.data.readers.read import origin_of, read
from ratchet.data.readers.source import given, readable
from ratchet.errors import DataError

ROWS = [{"text": "a", "n": 1, "x": 0.5}, {"text": None, "n": 2, "x": None}, {"text": "ü", "n": 3, "x": 2.0}]
FRAME = pl.DataFrame(ROWS)
WITH_ARROW = find_spec("pyarrow") is not None


class Stream:
    """A table of some library that speaks Arrow and nothing else."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


def batches(source: object, *, batch_rows: int = 50_000) -> list[Batch]:
    return list(read(readable(source), batch_rows=batch_rows))


def rows(source: object) -> pl.DataFrame:
    return pl.concat([batch.frame for batch in batches(source)])


def column(values: Any) -> pl.Series:
    return rows(pd.DataFrame({"a": values})).get_column("a")


@pytest.mark.parametrize(
    ("source", "origin"),
    [
        (FRAME, "Polars frame"),
        (FRAME.lazy(), "lazy Polars frame"),
        (Stream(FRAME), "tests Stream"),
        (pd.DataFrame(ROWS), "pandas frame"),
        (ROWS, "list of rows"),
        (tuple(ROWS), "list of rows"),
        (FRAME.to_dict(as_series=False), "dict of columns"),
        (FRAME.to_dict(), "dict of columns"),
        ({"text": np.array(["a", None, "ü"], object), "n": range(1, 4), "x": pd.Series([0.5, None, 2])}, None),
    ],
)
def test_the_same_rows_come_from_every_kind_of_frame(source: object, origin: str | None) -> None:
    if origin is None:  # a range is no list of values
        with pytest.raises(DataError, match="'n': range"):
            readable(source)
        return
    assert rows(source).to_dicts() == ROWS
    assert origin_of(readable(source)) == origin


def test_a_path_is_its_text(tmp_path: Path) -> None:
    assert readable(tmp_path / "*.csv") == str(tmp_path / "*.csv")
    assert given(["a.csv", Path("b.csv")]) == ["a.csv", "b.csv"]


MOMENTS = [datetime(2020, 1, 1, 12), None, datetime(2020, 6, 1, 12)]


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        (pd.Series(["a", None, "b"], dtype=object), pl.String, ["a", None, "b"]),
        (pd.Series(["a", np.nan, "b"], dtype="string"), pl.String, ["a", None, "b"]),
        (pd.Series(["a", None, "b"]), pl.String, ["a", None, "b"]),
        (pd.Categorical(["a", None, "b"]), pl.String, ["a", None, "b"]),
        (pd.array([1, None, 3], dtype="Int64"), pl.Int64, [1, None, 3]),
        (pd.array([True, None, False], dtype="boolean"), pl.Boolean, [True, None, False]),
        (pd.array([1.5, None, 2.5], dtype="Float64"), pl.Float64, [1.5, None, 2.5]),
        (pd.Series([True, None, False], dtype=object), pl.Boolean, [True, None, False]),
        (np.array([1, 2, 3], dtype="uint8"), pl.UInt8, [1, 2, 3]),
        (np.array([1.5, np.nan, 2], dtype="float16"), pl.Float64, [1.5, None, 2.0]),
        (np.array([1.5, np.nan, np.inf]), pl.Float64, [1.5, None, np.inf]),
        (pd.Series(MOMENTS), pl.Datetime("us"), MOMENTS),
        (pd.Series(MOMENTS).dt.tz_localize("Etc/GMT-2"), pl.Datetime("us"), [
            datetime(2020, 1, 1, 10), None, datetime(2020, 6, 1, 10)]),
        (pd.Series([datetime(2020, 1, 1, tzinfo=UTC), None, pd.NaT], dtype=object), pl.Datetime("us"), [
            datetime(2020, 1, 1), None, None]),
        (pd.Series([pd.Timestamp("2020-01-01"), None, pd.NaT], dtype=object), pl.Datetime("us"), [
            datetime(2020, 1, 1), None, None]),
        (pd.Series([date(2020, 1, 1), None, date(2021, 1, 1)], dtype=object), pl.Date, [
            date(2020, 1, 1), None, date(2021, 1, 1)]),
        (pd.Series([np.int64(1), np.nan, pd.NA], dtype=object), pl.Int64, [1, None, None]),
        (pd.Series([1, "a", None], dtype=object), pl.String, ["1", "a", None]),
        (pd.Series([np.array([1, 2]), None, [3]], dtype=object), pl.String, ["[1,2]", None, "[3]"]),
        (pd.Series([b"a", None, b""], dtype=object), pl.Binary, [b"a", None, b""]),
        (pd.arrays.SparseArray([0, 0, 1]), pl.Int64, [0, 0, 1]),
        (pd.Series([None, None, None], dtype=object), pl.String, [None] * 3),
    ],
)  # fmt: skip
def test_a_pandas_column_is_typed_by_what_it_holds(values: Any, dtype: pl.DataType, expected: list[Any]) -> None:
    found = column(values)
    assert found.dtype == dtype
    assert found.to_list() == expected


def test_what_stands_for_nothing_in_dicts_is_nothing() -> None:
    found = rows([{"a": pd.NA, "b": 1}, {"a": np.float32(0.5), "b": np.int64(2)}, {"a": pd.NaT}])
    assert found.to_dict(as_series=False) == {"a": [None, 0.5, None], "b": [1, 2, None]}
    assert plain(np.timedelta64("NaT")) is None


def test_a_dict_of_columns_holds_lists_arrays_and_series() -> None:
    columns = {
        "at": np.array(["2020-01-01T12", "NaT"], "datetime64[ns]"),
        "n": pd.Series([1, 2], index=[7.0, 5.0]),
        "s": pl.Series(["a", None]),
    }
    expected = {"at": [datetime(2020, 1, 1, 12), None], "n": [1, 2], "s": ["a", None]}
    assert rows(columns).to_dict(as_series=False) == expected


def test_columns_are_called_by_texts() -> None:
    assert rows(pd.DataFrame([[1, 2]])).columns == ["0", "1"]
    assert rows([{0: 1, "a": 2}]).columns == ["0", "a"]


def test_bad_cells_are_located_in_the_frame_and_by_its_index() -> None:
    frame = pd.DataFrame({"a": [f"{n}" for n in range(3_000)]}, index=[f"i{n}" for n in range(3_000)])
    frame.iloc[[2, 2_500], 0] = "\0"
    found = batches(frame, batch_rows=700)
    assert [batch.first_row for batch in found][:2] == [1, 701]
    assert max(batch.frame.height for batch in found) == 700
    bad = [bad for batch in found for bad in batch.bad]
    assert [each.row for each in bad] == [3, 2_501]
    assert str(bad[0]).startswith("pandas frame, row 3, column 'a': a NUL character")
    table = readable(frame)
    assert not isinstance(table, str)
    assert table.where(3) == "row 3 (index 'i2')"


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (pd.Index([5, 6]), "row 2 (index 6)"),
        (pd.Index([0.5, 1.5]), "row 2 (index 1.5)"),
        (pd.date_range("2024-01-01", periods=2), "row 2 (index 2024-01-02 00:00:00)"),
        (pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]), "row 2 (index ('b', 2))"),
    ],
)
def test_a_row_is_named_by_its_label_as_people_write_it(index: pd.Index, expected: str) -> None:
    table = table_of(pd.DataFrame({"a": [1, 2]}, index=index))
    assert table is not None
    assert table.where(2) == expected


def test_large_cells_are_copied_a_few_rows_at_a_time() -> None:
    frame = pd.DataFrame({"a": pd.Series([b"x" * 1_000_000] * 1_200, dtype=object)})
    heights = [batch.frame.height for batch in batches(frame)]
    assert sum(heights) == 1_200
    assert max(heights[1:]) < 40


@pytest.mark.parametrize(
    ("source", "words", "todo"),
    [
        (None, "None is no table", "give a path"),
        (3, "type int", "give a path"),
        (b"a,b", "bytes is no table", "write them to a file"),
        ((row for row in ROWS), "generator", "list"),
        (np.zeros((2, 2)), "numpy.ndarray", "pandas.DataFrame"),
        (pd.Series([1]), "pandas.Series", "to_frame"),
        (pl.Series([1]), "polars.Series", "to_frame"),
        (["a.csv", "b.csv"], "a list of str", "one by one"),
        ([Path("a.csv")], "a list of PosixPath", "one by one"),
        ([ROWS[0], 3], "a list of dict and int", "give a path"),
        (deque(ROWS), "collections.deque", "give a path"),
        (ROWS[0], "'text': 'a'", "into a list"),
        ({}, "nothing at all", "into a list"),
        ({"a": [1], "b": [1, 2]}, "'a' has 1 and 'b' has 2", "each row"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "more than once: a", "rename"),
        (pd.DataFrame([[1, 2]], columns=[0, "0"]), "more than once: 0", "rename"),
        (pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")])), "2 levels", "join"),
        (Stream(pl.Series([1])), "tests Stream cannot be read", "name"),
        (FRAME.lazy().select("none"), "cannot be collected", "correct"),
        (FRAME.clear(), "Polars frame has no rows", "rows"),
        (pd.DataFrame(), "pandas frame has no columns", "columns"),
        (pd.DataFrame(index=[1, 2]), "pandas frame has no columns", "columns"),
        ([], "list of rows has no columns", "rows"),
        ([{}], "list of rows has no columns", "rows"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_told_in_words(source: object, words: str, todo: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        batches(source)
    assert todo in caught.value.todo


def test_a_cell_that_cannot_be_read_is_told_by_its_column() -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("out of order")

    with pytest.raises(DataError, match=r"column 'a' of the pandas frame .* RuntimeError: out of order"):
        rows(pd.DataFrame({"a": pd.Series([Broken()], dtype=object)}))


def test_no_source_at_all_is_told() -> None:
    with pytest.raises(DataError, match="no table was given"):
        given([])


def test_a_table_made_narrower_holds_what_was_asked_for() -> None:
    table = table_of(pd.DataFrame(ROWS))
    assert table is not None
    assert table.only({"n", "none"}).slice(1, 1, ["n"]).to_dicts() == [{"n": 2}]
    assert table.only({"n"}).columns == ("n",)
    assert table.only({"none"}).columns == table.columns


NO_PANDAS = """
import sys
import polars as pl
from ratchet.data.readers.source import readable
for source in (pl.DataFrame({"a": [1]}), [{"a": 1}], "a.csv"):
    readable(source)
print({"pandas", "pyarrow", "narwhals"} & {*sys.modules})
"""


def test_neither_pandas_nor_pyarrow_is_loaded_for_other_frames() -> None:
    done = subprocess.run([sys.executable, "-c", NO_PANDAS], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


WITHOUT_ARROW = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"pyarrow", "narwhals"}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Hidden())
import pandas as pd
from ratchet.data.readers.read import read
from ratchet.data.readers.source import readable

frame = pd.DataFrame({
    "text": ["a", None, "b"],
    "object": pd.Series([1, "x", None], dtype=object),
    "whole": pd.array([1, None, 3], dtype="Int64"),
    "kind": pd.Categorical(["a", None, "b"]),
    "at": pd.to_datetime(["2020-01-01", None, "2020-06-01"]).tz_localize("Etc/GMT-2"),
})
print([batch.frame.to_dicts() for batch in read(readable(frame))])
"""


def test_pandas_is_read_where_there_is_no_pyarrow() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_ARROW], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    at = [datetime(2019, 12, 31, 22), None, datetime(2020, 5, 31, 22)]
    texts: tuple[list[Any], ...] = (["a", None, "b"], ["1", "x", None], [1, None, 3], ["a", None, "b"], at)
    expected = [
        dict(zip(("text", "object", "whole", "kind", "at"), row, strict=True)) for row in zip(*texts, strict=True)
    ]
    assert done.stdout.strip() == str([expected])


@pytest.mark.skipif(not WITH_ARROW, reason="PyArrow is not installed")
def test_pyarrow_tables_and_pandas_columns_of_arrow_are_read() -> None:
    import pyarrow as pa

    table = pa.table(FRAME)
    for source in (table, table.to_batches()[0], table.to_reader(), table.to_pandas(types_mapper=pd.ArrowDtype)):
        assert rows(source).to_dicts() == ROWS
    assert origin_of(readable(table)) == "pyarrow Table"
    for wrong in (table["n"], pa.table([[1], [2]], names=["a", "a"])):
        with pytest.raises(DataError):
            readable(wrong)


@pytest.mark.parametrize("digits", [320, 5_000])
def test_a_whole_number_beyond_floats_is_read_as_a_text(digits: int) -> None:
    large = 10**digits
    for source in ([{"n": 1}, {"n": large}], {"n": [1, large]}, pd.DataFrame({"n": [1, large]})):
        (batch,) = read(readable(source))
        assert batch.frame.get_column("n").to_list() == ["1", str(large) if digits < 4_000 else hex(large)]
