"""Files that are no tables, told by their first bytes: refused by name, with the way out."""

from __future__ import annotations

import codecs
import stat
from pathlib import Path

from ratchet.data.readers.opened import File
from ratchet.errors import DataError
from ratchet.kinds.kind import MEDIA

_MEDIA = (
    "a table is needed, with a row for each {one}: put the bytes of each file into a column beside its label and save "
    "that as Parquet; ratchet init then says whether a family reads {content}"
)
_EXPORT = "save the sheet as CSV, and give that"
_ZIP = "a ZIP archive"
_OTHERS = (
    (b"%PDF-", "a PDF document", "give a table: CSV, JSON lines or Parquet"),
    (b"PK\x03\x04", _ZIP, "unpack it, and give the tables in it"),
    (b"\xd0\xcf\x11\xe0", "an Office document of the years before 2007", _EXPORT),
    (b"7z\xbc\xaf", "a 7-Zip archive", "unpack it, and give the tables in it"),
    (b"\x28\xb5\x2f\xfd", "a file compressed with Zstandard", "unpack it: zstd -d"),
    (b"FEA1", "a Feather file of the first version", "save it as Parquet"),
    (b"\x7fELF", "a program", "give a table: CSV, JSON lines or Parquet"),
    (b"\x89HDF", "an HDF5 file", "save its table as Parquet"),
    (b"\x93NUMPY", "a NumPy array", "save it as a table with named columns: CSV or Parquet"),
)
_NO_TEXT = bytes({*range(32), 127} - {*b"\t\n\r\f"})
_SPECIAL = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_PACKED = {
    ".ods": ("an OpenDocument sheet", _EXPORT),
    ".docx": ("a Word document", "give a table: CSV, JSON lines or Parquet"),
    ".npz": ("an archive of NumPy arrays", "save them as a table with named columns: CSV or Parquet"),
}
"""What is a ZIP archive inside, by its ending."""


def check_is_table(file: File, start: bytes) -> None:
    """Raises `DataError` that names the format where a file that begins with ``start`` is known to be no table."""
    for media in MEDIA.values():
        found = media.format_of(start)
        if found and b"\0" in start:  # a CSV may begin with BM or ID3, and has no zero bytes
            todo = _MEDIA.format(one=media.one, content=media.content)
            raise DataError(f"{file} is a {media.one} ({found}), not a table", todo=todo)
    for mark, what, todo in _OTHERS:
        if start.startswith(mark):
            inside = _PACKED.get(file.path.suffix.lower()) if what == _ZIP else None
            found, way_out = inside or (what, todo)
            raise DataError(f"{file} is {found}, not a table that can be read", todo=way_out)
    _check_is_text(file, start)


def check_is_regular(path: Path) -> None:
    """Raises `DataError` for a pipe, a socket or a device: reading one may wait, or go on, for ever."""
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        what = next((name for holds, name in _SPECIAL if holds(mode)), "no file")
        raise DataError(f"{path} is {what}, not a file of rows", todo="save the rows as a file, and give that")


def _check_is_text(file: File, start: bytes) -> None:
    """Raises `DataError` where the first line holds what no text does: rows are text from here on."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return
    half = len(start) // 2
    if half and max(start[0::2].count(0), start[1::2].count(0)) > 0.8 * half and start.count(0) <= 1.2 * half:
        raise DataError(
            f"{file} looks like UTF-16 without the mark that says so",
            todo="save it as UTF-8: iconv -f UTF-16LE -t UTF-8 (or UTF-16BE)",
        )
    line = start.replace(b"\r", b"\n").lstrip(b"\n").split(b"\n")[0]
    if any(byte in line for byte in _NO_TEXT):
        raise DataError(
            f"{file} is no text: its first line holds bytes that no text has",
            todo="give a table: CSV, JSON lines, Parquet, Arrow or an Excel workbook",
        )
