from __future__ import annotations

import base64
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratchet.data.conform import check_present, conform
from ratchet.data.readers.batch import BadRow, Batch
from ratchet.errors import DataError
from ratchet.spec import Spec, parse


def spec_of(columns: dict[str, str], **more: Any) -> Spec:
    return parse({"name": "t", "label": "y", "columns": columns, "candidates": [{"family": "linear.v1"}], **more})


def batch_of(columns: dict[str, Any], bad: tuple[BadRow, ...] = ()) -> Batch:
    return Batch(frame=pl.DataFrame(columns), bad=bad, first_row=1, origin="t.csv")


def test_texts_of_a_csv_become_what_the_columns_hold() -> None:
    spec = spec_of({"n": "number", "c": "category", "t": "text", "d": "date", "skip": "ignore"})
    columns = {"skip": ["1", "2"], "n": [" 1.5", None], "c": ["a", None], "t": ["x", ""]}
    batch = batch_of({**columns, "d": ["2026-03-31", "n/a"], "y": ["p ", "q"]})
    frame, bad = conform(batch, spec)
    assert not bad
    assert dict(frame.schema) == {
        "n": pl.Float64, "c": pl.String, "t": pl.String, "d": pl.Datetime("us"), "y": pl.String,
    }  # fmt: skip
    assert frame.rows() == [(1.5, "a", "x", datetime(2026, 3, 31), "p"), (None, None, None, None, "q")]


def test_values_that_do_not_fit_are_located_and_their_rows_set_aside() -> None:
    spec = spec_of({"n": "number", "d": "date"})
    before = BadRow(origin="t.csv", row=2, column=None, found="", reason="")
    columns = {
        "n": ["1", "abc", "NA", "4", "5"],
        "d": ["2026-03-31", "yesterday", None, "31/12/2026", "2026-02-30"],
        "y": ["a", "a", None, "b", "b"],
    }
    frame, bad = conform(batch_of(columns, (before,)), spec)
    assert frame.get_column("n").to_list() == [1.0]
    found = [(each.row, each.column, each.found) for each in bad]
    assert sorted(found) == [
        (3, "d", "'yesterday'"),
        (3, "n", "'abc'"),
        (4, "y", "nothing"),
        (5, "d", "'31/12/2026'"),
        (6, "d", "'2026-02-30'"),
    ]
    assert {each.reason for each in bad if each.column == "y"} == {"no label"}
    assert all("not a number" in each.reason for each in bad if each.column == "n")


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([1, 2], pl.Int8, [1.0, 2.0]),
        ([2**63, 1], pl.UInt64, [float(2**63), 1.0]),
        ([True, False], pl.Boolean, [1.0, 0.0]),
        ([Decimal("1.25"), None], pl.Decimal(10, 2), [1.25, None]),
        (["3", "4"], pl.Categorical, [3.0, 4.0]),
        ([None, None], pl.Null, [None, None]),
        ([1.5, None], pl.Float32, [1.5, None]),
    ],
)
def test_typed_numbers(values: list[Any], dtype: pl.DataType, expected: list[float | None]) -> None:
    batch = batch_of({"n": pl.Series(values, dtype=dtype, strict=False), "y": ["a", "b"]})
    frame, bad = conform(batch, spec_of({"n": "number"}))
    assert not bad
    assert frame.get_column("n").to_list() == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2], ["1", "2"]),
        ([1.0, 2.5], ["1", "2.5"]),
        ([True, False], ["true", "false"]),
        ([date(2026, 3, 31), None], ["2026-03-31", None]),
        ([[1, 2], [3]], ["[1,2]", "[3]"]),
        ([Decimal("1.00"), Decimal("2.50")], ["1", "2.5"]),
        (["", "a"], [None, "a"]),
    ],
)
def test_categories_are_written_alike_whatever_their_type(values: list[Any], expected: list[str | None]) -> None:
    frame, bad = conform(batch_of({"c": values, "y": ["a", "b"]}), spec_of({"c": "category"}))
    assert not bad
    assert frame.get_column("c").to_list() == expected


def test_infinities_and_nan_become_missing_and_are_counted() -> None:
    blanked: Counter[str] = Counter()
    columns = {"n": [1.0, float("nan"), float("inf")], "m": ["-inf", "2", "NaN"], "y": ["a", "b", "a"]}
    frame, bad = conform(batch_of(columns), spec_of({"n": "number", "m": "number"}), blanked=blanked)
    assert not bad
    assert frame.get_column("n").to_list() == [1.0, None, None]
    assert frame.get_column("m").to_list() == [None, 2.0, None]
    assert blanked == {"n": 2, "m": 2}


def test_labels_may_be_whole_numbers_or_truths() -> None:
    spec = spec_of({"n": "number"})
    assert conform(batch_of({"n": [1, 2], "y": [0, 1]}), spec)[0].get_column("y").to_list() == ["0", "1"]
    assert conform(batch_of({"n": [1, 2], "y": [True, False]}), spec)[0].get_column("y").to_list() == ["true", "false"]


def test_an_absent_column_is_named_with_the_one_that_may_be_meant() -> None:
    with pytest.raises(DataError) as caught:
        conform(batch_of({"Texte": ["a"], "Y": ["b"]}), spec_of({"text": "text"}))
    message = str(caught.value)
    assert "no column 'text', 'y'; it has Texte, Y" in message
    assert "'text' may be 'Texte'" in message
    assert "'y' may be 'Y'" in message


def test_rows_to_be_answered_need_neither_label_nor_split() -> None:
    spec = spec_of({"t": "text", "s": "split", "g": "group"})
    frame, bad = conform(batch_of({"extra": [1], "t": ["a"]}), spec, labelled=False)
    assert frame.columns == ["t"]
    assert not bad


def test_a_row_without_a_side_is_bad_and_slices_are_kept_as_texts() -> None:
    spec = spec_of({"t": "text", "s": "split"}, gate={"slices": ["language"]})
    batch = batch_of({"t": ["a", "b"], "s": ["train", None], "language": [1, 2], "y": ["p", "q"]})
    frame, bad = conform(batch, spec)
    assert frame.rows() == [("a", "train", "1", "p")]
    assert [(each.row, each.column, each.reason) for each in bad] == [(2, "s", "no side of the split")]


def test_bytes_are_kept_for_pictures_and_other_values_are_set_aside() -> None:
    spec = spec_of({"i": "image"})
    frame, bad = conform(batch_of({"i": [b"\xff\xd8", None], "y": ["a", "b"]}), spec)
    assert frame.get_column("i").to_list() == [b"\xff\xd8", None]
    assert not bad
    frame, bad = conform(batch_of({"i": [5], "y": ["a"]}), spec)
    assert frame.height == 0
    assert bad[0].reason == "not the bytes of a picture"


def test_pictures_may_be_spelled_in_base64() -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(100)
    spelled = base64.b64encode(picture).decode()
    cells = [spelled, None, "shots/1.jpg", base64.b64encode(b"no picture").decode(), spelled + "!"]
    frame, bad = conform(batch_of({"i": cells, "y": ["a"] * 5}), spec_of({"i": "image"}))
    assert frame.get_column("i").to_list() == [picture, None]
    assert [each.reason for each in bad] == ["not the bytes of a picture"] * 3


@pytest.mark.parametrize(("kind", "content"), [("image", "pictures"), ("audio", "recordings")])
def test_paths_where_bytes_are_meant_are_refused_at_once_with_the_way_out(kind: str, content: str) -> None:
    with pytest.raises(DataError) as caught:
        conform(batch_of({"i": [None, "shots/1.jpg"], "y": ["a", "b"]}), spec_of({"i": kind, "n": "ignore"}))
    message = str(caught.value)
    assert f"the column 'i' is meant to hold {content}, as the bytes of their files or as base64" in message
    assert "holds texts such as 'shots/1.jpg'" in message
    assert "read each file's bytes into the column and save the table as Parquet" in message
    assert "ignore" in message
    frame, bad = conform(batch_of({"i": ["", "n/a"], "y": ["a", "b"]}), spec_of({"i": kind}))
    assert (frame.get_column("i").to_list(), bad) == ([None, None], ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-31", datetime(2026, 3, 31)),
        ("2026/3/1 12:00", datetime(2026, 3, 1, 12)),
        ("2026-03-31T12:00:00.5+02:00", datetime(2026, 3, 31, 10, 0, 0, 500_000)),
        ("2026-03-31T12:00Z", datetime(2026, 3, 31, 12)),
        ("2026-03-31 12:00:00.123456 UTC", datetime(2026, 3, 31, 12, 0, 0, 123_456)),
        ("20260331", datetime(2026, 3, 31)),
        ("31.03.2026", datetime(2026, 3, 31)),
        ("1700000000", datetime(2023, 11, 14, 22, 13, 20)),
        ("1700000000000", datetime(2023, 11, 14, 22, 13, 20)),
    ],
)
def test_spellings_of_dates(text: str, expected: datetime) -> None:
    frame, bad = conform(batch_of({"d": [text], "y": ["a"]}), spec_of({"d": "date"}))
    assert not bad
    assert frame.get_column("d").to_list() == [expected]


@given(st.lists(st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1)), min_size=1, max_size=20))
def test_dates_come_out_the_same_from_every_type(moments: list[datetime]) -> None:
    spec = spec_of({"d": "date"})
    y = ["a"] * len(moments)
    zoned = pl.Series(moments).dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Paris")
    micros = pl.Series(moments).dt.cast_time_unit("ns").dt.cast_time_unit("us")
    written = [moment.replace(tzinfo=UTC).isoformat() for moment in moments]
    for values in (pl.Series(moments), zoned, micros, pl.Series(written)):
        frame, bad = conform(batch_of({"d": values, "y": y}), spec)
        assert not bad
        assert frame.get_column("d").to_list() == moments


def test_whole_numbers_keep_their_order_as_times() -> None:
    frame, bad = conform(
        batch_of({"d": [1, 2, 41_188], "t": ["a"] * 3, "y": ["a"] * 3}), spec_of({"d": "time", "t": "text"})
    )
    assert not bad
    assert frame.get_column("d").is_sorted()


def test_of_many_absent_columns_the_first_are_named() -> None:
    names = [f"column{number}" for number in range(19)]
    with pytest.raises(DataError) as caught:
        check_present(names, [f"{name}x" for name in names], "t.csv")
    missed = caught.value.problem.partition("; it has")[0]
    assert missed == "t.csv has no column 'column0', 'column1', 'column2', 'column3', 'column4' and 14 more"
    assert caught.value.todo.count("may be") == 5
