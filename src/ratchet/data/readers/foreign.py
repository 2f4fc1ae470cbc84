"""Files that are no tables, told by their first bytes: refused by name, with the way out."""

from __future__ import annotations

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
    (b"ARROW1", "an Arrow file", "save it as Parquet: polars.read_ipc(path).write_parquet(...)"),
    (b"\x89HDF", "an HDF5 file", "save its table as Parquet"),
    (b"\x93NUMPY", "a NumPy array", "save it as a table with named columns: CSV or Parquet"),
)
_PACKED = {
    ".xlsx": ("an Excel workbook", _EXPORT),
    ".xlsm": ("an Excel workbook", _EXPORT),
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
