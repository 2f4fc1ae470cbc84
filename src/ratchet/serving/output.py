"""Tables written part by part, which appear whole or not at all.

What is unfinished lies in a hidden folder beside them, in which its writer holds a lock: the next writer of the same
file removes that of one that was killed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import polars as pl

from ratchet import clock, platforms
from ratchet.errors import DataError, full_disk, is_full_disk
from ratchet.words import plain

_PART = ".part"
_LOCK = "lock"


# A spreadsheet takes a cell that begins so for a formula (OWASP, "CSV Injection"); a number with a sign is none.
_FORMULA, _NUMBER = r"^(?s:[=+\-@\t\r].)", r"^[+-][\d.,]+(?:[eE][+-]?\d+)?\s?%?$"


def defused(frame: pl.DataFrame) -> pl.DataFrame:
    """A table for CSV, in which texts that a spreadsheet would run as formulas begin with an apostrophe.

    >>> defused(pl.DataFrame({"label": ["=1+1", "-5", None], "name": ["a", "b", "@c"]})).rows()
    [("'=1+1", 'a'), ('-5', 'b'), (None, "'@c")]
    """

    def safe(name: str) -> pl.Expr:
        text = pl.col(name)
        runs = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
        return pl.when(runs).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(name)

    return frame.with_columns(safe(name) for name, kind in frame.schema.items() if kind == pl.String)


class TableWriter(Protocol):
    """Takes a table in parts, all of the same columns."""

    def write(self, frame: pl.DataFrame) -> None: ...

    def finish(self) -> None:
        """Make the file whole."""
        ...

    def clear(self) -> None:
        """Close what is open, and remove what only the writing needed."""
        ...


class _Csv:
    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._header = True

    def write(self, frame: pl.DataFrame) -> None:
        defused(frame).write_csv(self._file, include_header=self._header)
        self._header = False

    def finish(self) -> None:
        self._file.close()

    clear = finish


class _JsonLines:
    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def write(self, frame: pl.DataFrame) -> None:
        frame.write_ndjson(self._file)

    def finish(self) -> None:
        self._file.close()

    clear = finish


class _Parquet:
    """Parts in a folder, joined at the end by a stream, since a Parquet file cannot be appended to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._folder = path.with_name("parts")
        self._folder.mkdir()
        self._parts = 0

    def write(self, frame: pl.DataFrame) -> None:
        frame.write_parquet(self._folder / f"{self._parts:09}.parquet")
        self._parts += 1

    def finish(self) -> None:
        parts = sorted(self._folder.iterdir())
        pl.scan_parquet(parts, glob=False).sink_parquet(self._path, compression="zstd")

    def clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


_FORMATS: dict[str, Callable[[Path], TableWriter]] = {
    ".csv": _Csv,
    ".jsonl": _JsonLines,
    ".ndjson": _JsonLines,
    ".parquet": _Parquet,
}


class Table:
    """A table on its way to a file, which is made when its first part comes."""

    def __init__(self, path: Path) -> None:
        if path.suffix not in _FORMATS:
            raise DataError(f"cannot write {path}", todo=f"name it with one of the endings {', '.join(_FORMATS)}")
        self._path = path
        self._folder = path.with_name(f"{_start(path)}{clock.new_id()}{_PART}")
        self._unfinished = self._folder / f"table{path.suffix}"
        self._lock: int | None = None
        self._output: TableWriter | None = None

    def write(self, frame: pl.DataFrame) -> None:
        """Add a part."""
        if self._output is None:
            _clear_up(self._path)
            self._folder.mkdir()
            self._lock = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            with suppress(OSError):  # a disk without locks: what is left there when we are killed stays
                platforms.lock(self._lock)
            self._output = _FORMATS[self._path.suffix](self._unfinished)
        self._output.write(frame)

    def finish(self) -> None:
        """Let the file appear, if there was anything to write."""
        if self._output is not None:
            self._output.finish()
            self._unfinished.replace(self._path)

    def clear(self) -> None:
        """Leave nothing half-written."""
        if self._output is not None:
            self._output.clear()
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)


def _clear_up(path: Path) -> None:
    """Remove what writers of the same file have left that were killed."""
    with suppress(OSError):  # a folder that may be written to and not be listed
        for folder in [*path.parent.iterdir()]:
            if folder.name.startswith(_start(path)) and folder.name.endswith(_PART) and not _is_alive(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_alive(folder: Path) -> bool:
    """Whether a writer holds its lock still, or may not have taken it yet."""
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR)
    except OSError:
        return True
    try:
        platforms.lock(lock)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False


def _start(path: Path) -> str:
    return f".{path.name[:100]}."


@contextmanager
def open_output(path: Path, *, called: Path | None = None) -> Iterator[Table]:
    """A table to be written to ``path`` as its ending says; the file appears when the block ends well.

    When the block raises, or nothing was written, ``path`` is left as it was.  Raises `DataError` for an ending that
    is unknown or a folder that cannot be written, `FullDiskError`; they name ``called``, where given.
    """
    table, named = Table(path), called or path
    try:
        yield table
        table.finish()
    except OSError as error:
        if is_full_disk(error):
            raise full_disk(f"{named} was not written") from error
        raise DataError(
            f"{named} cannot be written: {plain(error.strerror or str(error))}",
            todo="choose a folder you may write to, with room",
        ) from error
    finally:
        table.clear()
