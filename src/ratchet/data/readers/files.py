"""Which files a path, a folder or a pattern means, and of what format each is."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from ratchet.data.readers.arrow_messages import FILE_MARK, STREAM_MARK
from ratchet.data.readers.foreign import check_is_regular, check_is_table
from ratchet.data.readers.opened import File, head
from ratchet.errors import DataError
from ratchet.kinds.cells import called

Format = Literal["csv", "jsonl", "parquet", "arrow", "excel"]

_FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".psv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".xlsx": "excel",
    ".xlsm": "excel",
}
_MOST_ENTRIES = 100_000
"""A folder with more than this in it, as a home is, was hardly meant: looking through it would take minutes."""
_PACKED = {".gz", ".bz2", ".xz"}


def sheet_of(source: str) -> tuple[str, str]:
    """A source without its ``?sheet=``, and the name of the sheet, empty where none is asked for.

    >>> sheet_of("book.xlsx?sheet=May 2024"), sheet_of("rows.csv")
    (('book.xlsx', 'May 2024'), ('rows.csv', ''))
    """
    path, mark, sheet = source.rpartition("?sheet=")
    return (path, unquote(sheet)) if mark and path.lower().endswith((".xlsx", ".xlsm")) else (source, "")


def files_of(source: str) -> list[Path]:
    """The files of a source, sorted by name: one file, those of a folder and its folders, or those of a pattern.

    In a folder, hidden files and those without a known ending are passed over.  Raises `DataError` where there are
    none.
    """
    try:
        return _found(source, Path(source).expanduser())
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(
            f"{called(source)} cannot be looked at: {reason}", todo="check the path, and that you may read it"
        ) from None


def _found(source: str, path: Path) -> list[Path]:
    if path.is_dir():
        with os.scandir(path):  # raises where the folder may not be read, which rglob passes over
            pass
        found = sorted(each for each in _inside(path) if _format_by_name(each) and each.is_file())
        if not found:
            raise DataError(
                f"the folder {path} holds no tables", todo=f"known endings: {', '.join(_FORMATS)}, packed or not"
            )
        return found
    if path.exists():
        check_is_regular(path)
        return [path]
    if path.is_symlink():
        raise DataError(f"{path} is a link to {path.readlink()}, which is not there", todo="check where it leads")
    if any(mark in source for mark in "*?["):
        found = sorted(
            Path(each)
            for each in glob.glob(str(path), recursive=True)  # noqa: PTH207 (an absolute pattern)
            if Path(each).is_file()
        )
        if found:
            return found
        raise DataError(f"no file fits the pattern {source}", todo="check it, and quote it against the shell")
    if "://" in source:
        raise DataError(
            f"{source.split('://')[0]}:// is not a kind of address that rows are read from",
            todo="give a file, a folder, a pattern, or a database address (sqlite:///, postgresql://)",
        )
    raise DataError(
        f"there is no file {called(str(path), 400)}", todo=f"check the path; it is looked for in {Path.cwd()}"
    )


def _inside(folder: Path) -> Iterator[Path]:
    """What lies in a folder and its folders and is not hidden; raises `DataError` where that is too much to look at."""
    looked = 0
    for at, folders, names in os.walk(folder):
        looked += len(folders) + len(names)
        if looked > _MOST_ENTRIES:
            raise DataError(
                f"the folder {folder} holds more than {_MOST_ENTRIES:,} files and folders",
                todo="name the folder in it that holds the tables, or a pattern such as 'FOLDER/*.csv'",
            )
        folders[:] = [each for each in folders if not each.startswith((".", "_"))]
        yield from (Path(at, each) for each in names if not each.startswith((".", "_")))


def format_of(file: File) -> Format:
    """A file's format, by its first bytes where they tell, else by its ending; raises `DataError` for no table."""
    start = head(file, 4096)
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith((FILE_MARK, STREAM_MARK)):
        return "arrow"
    if start.startswith(b"PK\x03\x04") and _format_by_name(file.path) == "excel":
        return "excel"
    if start.startswith(b"SQLite format 3\0"):
        raise DataError(f"{file} is a SQLite database", todo=f"name a table: sqlite:///{file.path.name}?table=rows")
    check_is_table(file, start)
    by_name = _format_by_name(file.path)
    if by_name in {"csv", "jsonl"}:
        return by_name
    if by_name is not None:
        raise DataError(
            f"{file} is no {file.path.suffix} file, whatever it is called",
            todo="write it again, or name it for what it is",
        )
    return "jsonl" if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else "csv"


def _format_by_name(path: Path) -> Format | None:
    suffixes = [each.lower() for each in path.suffixes]
    while suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
    return _FORMATS.get(suffixes[-1]) if suffixes else None
