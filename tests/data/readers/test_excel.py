from __future__ import annotations

import sys
import tracemalloc
import zipfile
import zlib
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ratchet.data.readers.read import read
from ratchet.errors import DataError, MissingExtraError


@pytest.fixture
def book(tmp_path: Path) -> Path:
    openpyxl: Any = pytest.importorskip("openpyxl")
    made = openpyxl.Workbook()
    made.active.title = "Empty"
    rows = made.create_sheet("May 2024")
    for row in [[], ["text", None, "when", "n"], ["good", 1, datetime(2024, 5, 1), 1.5], [], ["b\nad", True, None, 2]]:
        rows.append(row)
    made.create_sheet("Other").append(["only a header"])
    made.save(tmp_path / "t.xlsx")
    return tmp_path / "t.xlsx"


@pytest.mark.parametrize("asked", ["", "?sheet=May 2024", "?sheet=May%202024"])
def test_the_first_sheet_with_rows_or_the_one_asked_for_is_read(book: Path, asked: str) -> None:
    (batch,) = read(f"{book}{asked}")
    assert batch.frame.columns == ["text", "column_2", "when", "n"]
    assert batch.frame.rows() == [("good", "1", datetime(2024, 5, 1), 1.5), ("b\nad", "true", None, 2.0)]
    assert batch.frame.schema["when"] == pl.Datetime("us")


def test_sheets_without_rows_or_of_no_such_name_are_told(book: Path) -> None:
    with pytest.raises(DataError, match="no sheet 'June'; it has Empty, May 2024 and Other"):
        list(read(f"{book}?sheet=June"))
    with pytest.raises(DataError, match="no rows below its header"):
        list(read(f"{book}?sheet=Other"))
    with pytest.raises(DataError, match="no rows in its sheet 'Empty'"):
        list(read(f"{book}?sheet=Empty"))


def test_a_damaged_workbook_is_told_in_words(book: Path) -> None:
    content = book.read_bytes()
    for damaged in (content[:200], content[: len(content) // 2], b"PK\3\4" + bytes(100)):
        book.write_bytes(damaged)
        with pytest.raises(DataError, match="not a whole Excel workbook"):
            list(read(str(book)))
    with zipfile.ZipFile(book, "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(DataError, match="not a whole Excel workbook"):
        list(read(str(book)))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(book: Path) -> None:
    with (
        zipfile.ZipFile(book, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/more/sharedStrings.xml", "w") as file,
    ):
        for _ in range(130):
            file.write(bytes(1024 * 1024))
    with pytest.raises(DataError, match=r"unpacks to 136,\d\d\d,\d\d\d bytes"):
        list(read(str(book)))


def test_a_list_that_says_less_than_there_is_unpacks_no_more(book: Path) -> None:
    with zipfile.ZipFile(book, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/more.xml", bytes(300 << 20))
        archive.getinfo("xl/more.xml").file_size = 10
        archive.getinfo("xl/more.xml").CRC = zlib.crc32(bytes(10))  # as if that were all
    with zipfile.ZipFile(book) as archive:
        assert archive.read("xl/more.xml") == bytes(10), "zipfile believes it, after unpacking all of it"
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"'xl/more\.xml' is not what its list says"):
            list(read(str(book)))
        assert tracemalloc.get_traced_memory()[1] < 30 << 20
    finally:
        tracemalloc.stop()


def test_the_extra_is_named_where_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    (tmp_path / "t.xlsx").write_bytes(b"PK\3\4")
    with pytest.raises(MissingExtraError, match="Excel workbooks") as caught:
        list(read(str(tmp_path / "t.xlsx")))
    assert "ratchet-ml[excel]" in caught.value.todo
