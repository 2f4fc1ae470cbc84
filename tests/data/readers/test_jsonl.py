from __future__ import annotations

import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from ratchet.data.conform import conform
from ratchet.data.readers.opened import File
from ratchet.data.readers.read import read
from ratchet.errors import DataError
from ratchet.spec import parse


def test_values_come_typed_and_absent_keys_are_none(tmp_path: Path) -> None:
    rows = [{"t": "é\n", "n": 1, "f": 1, "b": True}, {"t": "", "f": 2.5, "b": None}, {"n": -3, "late": [1, {"a": 2}]}]
    path = tmp_path / "t.jsonl.gz"
    path.write_bytes(gzip.compress("\n\n".join(json.dumps(row) for row in rows).encode()))
    (batch,) = read(str(path))
    expected = {"t": pl.String, "n": pl.Int64, "f": pl.Float64, "b": pl.Boolean, "late": pl.String}
    assert dict(batch.frame.schema) == expected
    assert batch.frame.rows() == [
        ("é\n", 1, 1.0, True, None),
        ("", None, 2.5, None, None),
        (None, -3, None, None, '[1,{"a":2}]'),
    ]


def test_mixed_and_huge_values_become_texts_or_floats(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"a": 1, "b": 1}\n{"a": "x", "b": 100000000000000000000}\n{"a": true, "b": null}\n')
    (batch,) = read(str(path))
    assert batch.frame.get_column("a").to_list() == ["1", "x", "true"]
    assert batch.frame.get_column("b").to_list() == [1.0, 1e20, None]


def test_bad_lines_are_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    lines = [
        b'{"a": 1}',
        b'{"a": ',
        b"[1]",
        b'{"a": "\xff"}',
        b'{"a": "\\u0000"}',
        b"   ",
        b'{"a": "%s"}' % (b"x" * 51),
        b'{"a": %s1%s}' % (b"[" * 100_000, b"]" * 100_000),
    ]
    path.write_bytes(b"\n".join([*lines, b'{"a": 2}']))
    batches = list(read(str(path), max_cell=50))
    assert [row for batch in batches for row in batch.frame.get_column("a").to_list()] == ["1", "2"]
    bad = [each for batch in batches for each in batch.bad]
    assert [each.row for each in bad] == [2, 3, 4, 5, 6, 7]
    assert [each.column for each in bad] == [None, None, None, "a", "a", None]
    assert [number for batch in batches for number in batch.rows()] == [1, 8]


def test_batches_are_no_larger_than_asked_and_know_columns_seen_before(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"a": 1, "b": 2}\n' + '{"a": 1}\n' * 5)
    batches = list(read(str(path), batch_rows=2))
    assert [batch.frame.height for batch in batches] == [2, 2, 2]
    assert all(batch.frame.columns == ["a", "b"] for batch in batches)
    assert [batch.first_row for batch in batches] == [1, 3, 5]


@pytest.mark.parametrize(("content", "words"), [("", "is empty"), ("\n \n", "is empty"), ('[{"a": 1}]', "JSON array")])
def test_a_file_without_objects_is_refused(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "t.json"
    path.write_text(content)
    with pytest.raises(DataError, match=words):
        list(read(str(path)))


@pytest.mark.parametrize("deep", [99, 100, 101, 950, 10_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"b":', "}")])
def test_a_deep_line_is_one_bad_row(tmp_path: Path, deep: int, opening: str, closing: str) -> None:
    """However deep the stack of whoever reads: as a server's thread does, near the limit of Python's recursion."""
    path = tmp_path / "t.jsonl"
    path.write_text('{"a": 1}\n{"a": ' + opening * deep + "1" + closing * deep + '}\n{"a": "[[[["}\n')
    (batch,) = read(str(path))
    assert batch.rows().tolist() == ([1, 2, 3] if deep < 100 else [1, 3])
    assert [bad.reason for bad in batch.bad] == (
        [] if deep < 100 else ["not a JSON object that can be read: it is nested more than 100 deep"]
    )


def test_a_whole_number_beyond_floats_costs_its_own_row(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(f'{{"n": 1, "t": "a"}}\n{{"n": {10**320}, "t": "b"}}\n{{"n": 2.5, "t": {10**320}}}\n')
    (batch,) = read(str(path))
    assert batch.frame.rows() == [("1", "a"), (str(10**320), "b"), ("2.5", str(10**320))]
    spec = parse(
        {"name": "t", "label": "y", "columns": {"n": "number", "t": "text"}, "candidates": [{"family": "linear.v1"}]}
    )
    frame, bad = conform(batch, spec, labelled=False)
    assert frame.rows() == [(1.0, "a"), (2.5, str(10**320))]
    assert [(each.row, each.column, each.reason) for each in bad] == [(2, "n", "not a number")]


def test_brackets_within_texts_are_no_depth(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(json.dumps({"a": "[" * 500 + '"' + "{" * 500, "b": [[]] * 200}) + "\n")
    (batch,) = read(str(path))
    assert batch.frame.height == 1


def test_messages_call_a_file_what_its_reader_calls_it(tmp_path: Path) -> None:
    for name, content in {
        "a.jsonl": b"{",
        "b.csv": b"",
        "c.parquet": b"PAR1",
        "d.csv": b"%PDF-",
        "e.csv": b"BZh91",
    }.items():
        (tmp_path / name).write_bytes(content)
        said = []
        try:
            batches = list(read(File(tmp_path / name, "the request body")))
            said = [str(bad) for batch in batches for bad in batch.bad]
        except DataError as error:
            said = [str(error)]
        assert said
        assert all("the request body" in each and str(tmp_path) not in each for each in said)
