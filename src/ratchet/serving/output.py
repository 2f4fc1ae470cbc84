"""Tables written part by part, which appear whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

import polars as pl

from ratchet import clock
from ratchet.errors import DataError


class Output(Protocol):
    """Takes a table in parts, all of the same columns."""

    def write(self, frame: pl.DataFrame) -> None: ...

    def finish(self) -> None: ...


class _Csv:
    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("wb")
        self._header = True

    def write(self, frame: pl.DataFrame) -> None:
        frame.write_csv(self._file, include_header=self._header)
        self._header = False

    def finish(self) -> None:
        self._file.close()


class _JsonLines:
    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("wb")

    def write(self, frame: pl.DataFrame) -> None:
        frame.write_ndjson(self._file)

    def finish(self) -> None:
        self._file.close()


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
        try:
            if self._parts:
                pl.scan_parquet(self._folder / "*.parquet").sink_parquet(self._path, compression="zstd")
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)


_FORMATS = {".csv": _Csv, ".jsonl": _JsonLines, ".ndjson": _JsonLines, ".parquet": _Parquet}


class _Lazy:
    """Opens the file when the first part comes."""

    def __init__(self, path: Path, suffix: str) -> None:
        self._path = path
        self._suffix = suffix
        self.opened: Output | None = None

    def write(self, frame: pl.DataFrame) -> None:
        if self.opened is None:
            self.opened = _FORMATS[self._suffix](self._path)
        self.opened.write(frame)

    def finish(self) -> None:
        if self.opened is not None:
            self.opened.finish()
            self.opened = None


@contextmanager
def open_output(path: Path) -> Iterator[Output]:
    """A table to be written to ``path`` as its ending says; the file appears when the block ends well.

    When the block raises, or nothing was written, ``path`` is left as it was.  Raises `DataError` for an ending that
    is unknown or a folder that cannot be written.
    """
    if path.suffix not in _FORMATS:
        raise DataError(f"cannot write {path.name}", todo=f"name it with one of the endings {', '.join(_FORMATS)}")
    unfinished = path.with_name(f".{path.name}.{clock.new_id()}")
    output = _Lazy(unfinished, path.suffix)
    try:
        yield output
        output.finish()
        if unfinished.exists():
            os.replace(unfinished, path)
    except OSError as error:
        raise DataError(
            f"{path} cannot be written: {error.strerror or error}", todo="choose a folder you may write to, with room"
        ) from error
    finally:
        output.finish()
        unfinished.unlink(missing_ok=True)
