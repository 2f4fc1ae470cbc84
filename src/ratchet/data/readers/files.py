"""Which files a path, a folder or a pattern means, and of what format each is."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import Literal

from ratchet.data.readers.foreign import check_is_table
from ratchet.data.readers.opened import File, head
from ratchet.errors import DataError

Format = Literal["csv", "jsonl", "parquet"]

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
}
_PACKED = {".gz", ".bz2", ".xz"}


def files_of(source: str) -> list[Path]:
    """The files of a source, sorted by name: one file, those of a folder and its folders, or those of a pattern.

    In a folder, hidden files and those without a known ending are passed over.  Raises `DataError` where there are
    none.
    """
    path = Path(source).expanduser()
    if path.is_dir():
        found = [each for each in sorted(path.rglob("*")) if each.is_file() and _format_by_name(each)]
        found = [
            each for each in found if not any(part.startswith((".", "_")) for part in each.relative_to(path).parts)
        ]
        if not found:
            raise DataError(
                f"the folder {path} holds no tables", todo=f"known endings: {', '.join(_FORMATS)}, packed or not"
            )
        return found
    if path.exists():
        return [path]
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
    raise DataError(f"there is no file {path}", todo=f"check the path; it is looked for in {Path.cwd()}")


def format_of(file: File) -> Format:
    """A file's format, by its first bytes where they tell, else by its ending; raises `DataError` for no table."""
    start = head(file, 4096)
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith(b"SQLite format 3\0"):
        raise DataError(f"{file} is a SQLite database", todo=f"name a table: sqlite:///{file.path.name}?table=rows")
    check_is_table(file, start)
    by_name = _format_by_name(file.path)
    if by_name is not None:
        return by_name
    return "jsonl" if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else "csv"


def _format_by_name(path: Path) -> Format | None:
    suffixes = [each.lower() for each in path.suffixes]
    while suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
    return _FORMATS.get(suffixes[-1]) if suffixes else None
