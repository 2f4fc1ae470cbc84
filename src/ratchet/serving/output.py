"""Tables written part by part, which appear whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import polars as pl

from ratchet import clock
from ratchet.errors import DataError, full_disk, is_full_disk


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
        frame.write_csv(self._file, include_header=self._header)
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
        self._folder = path.with_name(path.name + ".parts")
        self._folder.mkdir()
        self._parts = 0

    def write(self, frame: pl.DataFrame) -> None:
        frame.write_parquet(self._folder / f"{self._parts:09}.parquet")
        self._parts += 1

    def finish(self) -> None:
        pl.scan_parquet(self._folder / "*.parquet").sink_parquet(self._path, compression="zstd")

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
            raise DataError(f"cannot write {path.name}", todo=f"name it with one of the endings {', '.join(_FORMATS)}")
        self._path = path
        self._unfinished = path.with_name(f".{path.name}.{clock.new_id()}")
        self._output: TableWriter | None = None

    def write(self, frame: pl.DataFrame) -> None:
        """Add a part."""
        if self._output is None:
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
        self._unfinished.unlink(missing_ok=True)


@contextmanager
def open_output(path: Path) -> Iterator[Table]:
    """A table to be written to ``path`` as its ending says; the file appears when the block ends well.

    When the block raises, or nothing was written, ``path`` is left as it was.  Raises `DataError` for an ending that
    is unknown or a folder that cannot be written, `FullDiskError`.
    """
    table = Table(path)
    try:
        yield table
        table.finish()
    except OSError as error:
        if is_full_disk(error):
            raise full_disk(f"{path} was not written") from error
        raise DataError(
            f"{path} cannot be written: {error.strerror or error}", todo="choose a folder you may write to, with room"
        ) from error
    finally:
        table.clear()
