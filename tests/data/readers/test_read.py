from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from ratchet.data.readers.batch import BadRow, cut
from ratchet.data.readers.read import read
from ratchet.errors import DataError

TABLE = pl.DataFrame({"text": ["a", "b", None], "n": [1, 2, 3]})


def heights(source: Path | str) -> list[tuple[str, int]]:
    return [(Path(batch.origin).name, batch.frame.height) for batch in read(str(source))]


def test_a_folder_is_read_file_by_file_whatever_their_formats(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / ".hidden").mkdir()
    TABLE.write_csv(tmp_path / "c.csv")
    TABLE.write_ndjson(tmp_path / "b.jsonl")
    TABLE.write_parquet(tmp_path / "sub" / "a.parquet")
    TABLE.write_csv(tmp_path / ".hidden" / "h.csv")
    (tmp_path / "readme.md").write_text("# no table")
    (tmp_path / "_SUCCESS").write_text("")
    expected = [("b.jsonl", 3), ("c.csv", 3), ("a.parquet", 3)]
    assert heights(tmp_path) == expected
    assert heights(tmp_path / "*.csv") == [("c.csv", 3)]
    assert sorted(heights(tmp_path / "**" / "*.[jp]*")) == [("a.parquet", 3), ("b.jsonl", 3)]


def test_a_format_is_told_from_the_first_bytes_where_the_name_says_nothing(tmp_path: Path) -> None:
    TABLE.write_csv(tmp_path / "one")
    TABLE.write_ndjson(tmp_path / "two")
    TABLE.write_parquet(tmp_path / "three.csv")
    assert [heights(tmp_path / name)[0][1] for name in ("one", "two", "three.csv")] == [3, 3, 3]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("absent.csv", "no file"),
        ("*.csv", "no file fits the pattern"),
        ("s3://bucket/rows.csv", "s3:// is not a kind of address"),
        (".", "holds no tables"),
    ],
)
def test_a_source_that_is_not_there_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=words) as caught:
        list(read(source))
    assert caught.value.todo


def test_a_database_file_is_refused_with_the_address_to_use(tmp_path: Path) -> None:
    path = tmp_path / "rows.db"
    path.write_bytes(b"SQLite format 3\0" + bytes(100))
    with pytest.raises(DataError, match="sqlite:///"):
        list(read(str(path)))


def test_batches_are_cut_with_the_bad_rows_among_them() -> None:
    bad = [BadRow(origin="t", row=row, column=None, found="", reason="") for row in (1, 4, 7)]
    batches = list(cut(pl.DataFrame({"n": [2, 3, 5, 6, 8]}), bad, first_row=1, origin="t", batch_rows=2))
    assert [batch.rows().tolist() for batch in batches] == [[2, 3], [5, 6], [8]]
    assert [batch.frame.get_column("n").to_list() for batch in batches] == [[2, 3], [5, 6], [8]]
    assert [each.row for batch in batches for each in batch.bad] == [1, 4, 7]


_MEASURE = """
import resource, sys
from ratchet.data.readers.read import read
rows = sum(batch.frame.height for batch in read(sys.argv[1]))
unit = 2**20 if sys.platform == "darwin" else 2**10
print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit)
"""


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, ending: str) -> None:
    frame = pl.DataFrame({"text": [f'{number} "x", ' + "word " * 25 for number in range(1000)], "y": ["a", "b"] * 500})
    lines = (frame.write_csv() if ending == "csv" else frame.write_ndjson()).encode()
    header, block = lines.split(b"\n", 1) if ending == "csv" else (b"", lines)
    peaks = []
    for megabytes in (50, 200):
        path = tmp_path / f"{megabytes}.{ending}"
        with path.open("wb") as file:
            file.write(header + b"\n" if header else b"")
            for _ in range(megabytes * 2**20 // len(block)):
                file.write(block)
        rows, peak = _measured(path)
        assert rows == megabytes * 2**20 // len(block) * 1000
        peaks.append(peak)
        path.unlink()
    assert peaks[1] - peaks[0] < 50, f"megabytes at 50 and 200 MB of file: {peaks}"


def test_memory_for_a_parquet_file_stays_below_its_size(tmp_path: Path) -> None:
    texts = pl.DataFrame({"text": [f"{number} " + "word " * 25 for number in range(1000)]})
    path = tmp_path / "t.parquet"
    pl.concat([texts.with_columns(pl.lit(f"{n} ") + pl.col("text")) for n in range(1500)]).write_parquet(
        path, compression="uncompressed", row_group_size=50_000
    )
    small = tmp_path / "small.parquet"
    texts.write_parquet(small)
    rows, peak = _measured(path)
    assert rows == 1_500_000
    assert peak - _measured(small)[1] < 0.6 * path.stat().st_size / 2**20


def _measured(path: Path) -> tuple[int, int]:
    answer = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "POLARS_MAX_THREADS": "2"},
    )
    rows, peak = map(int, answer.stdout.split())
    return rows, peak


def test_a_tree_that_is_too_large_is_not_looked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ratchet.data.readers.files._MOST_ENTRIES", 20)
    (tmp_path / ".hidden").mkdir()
    for number in range(18):
        (tmp_path / f"{number:02}.csv").write_text("a\n1\n")
        (tmp_path / ".hidden" / f"{number:02}.csv").write_text("a\n1\n")
    assert len(heights(tmp_path)) == 18, "what is hidden is not counted"
    (tmp_path / "sub").mkdir()
    for number in range(3):
        (tmp_path / "sub" / f"{number}.csv").write_text("a\n1\n")
    with pytest.raises(DataError, match="holds more than 20 files and folders") as caught:
        heights(tmp_path)
    assert "name the folder in it" in caught.value.todo
