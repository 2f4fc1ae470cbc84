"""Files that are no tables are refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from ratchet.data.readers.files import format_of
from ratchet.data.readers.opened import File
from ratchet.data.readers.read import read
from ratchet.errors import DataError

WAV = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0"


@pytest.mark.parametrize(
    ("name", "start", "what", "todo"),
    [
        ("a.wav", WAV, "a recording (WAV), not a table", "put the bytes of each file into a column"),
        ("a.png", PNG, "a picture (PNG), not a table", "with a row for each picture"),
        ("a.jpg", JPEG, "a picture (JPEG), not a table", "save that as Parquet"),
        ("a.csv", JPEG, "a picture (JPEG), not a table", "save that as Parquet"),
        ("a.mp3", b"ID3\3\0\0", "a recording (MP3), not a table", "with a row for each recording"),
        ("a.pdf", b"%PDF-1.7\n", "a PDF document", "CSV, JSON lines or Parquet"),
        ("a.xlsx", b"PK\3\4\x14\0", "an Excel workbook", "save the sheet as CSV"),
        ("a.docx", b"PK\3\4\x14\0", "a Word document", "CSV, JSON lines or Parquet"),
        ("a.zip", b"PK\3\4\x14\0", "a ZIP archive", "unpack it"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1", "an Office document", "save the sheet as CSV"),
        ("a.arrow", b"ARROW1\0\0", "an Arrow file", "write_parquet"),
    ],
)
def test_the_format_is_named_with_the_way_out(tmp_path: Path, name: str, start: bytes, what: str, todo: str) -> None:
    path = tmp_path / name
    path.write_bytes(start)
    with pytest.raises(DataError) as caught:
        list(read(str(path)))
    assert f"{path} is {what}" in str(caught.value)
    assert todo in str(caught.value.todo)
    assert all(each.isprintable() for each in str(caught.value).replace("\n", " "))


@pytest.mark.parametrize("header", ["BMI,y", "BM\ty", "ID3,y", "GIF8,y", "PK,y", "RIFF,abc,WAVE"])
def test_tables_whose_first_column_is_called_like_a_signature_are_read(tmp_path: Path, header: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"{header}\n1,a,\n")
    assert format_of(File(path)) == "csv"
