"""Files opened for reading, decompressed where they are compressed (seen by their first bytes, not their names)."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

from ratchet.errors import DataError

BLOCK = 8 * 1024 * 1024
"""Bytes read at once: some ten thousands of rows, and little beside the memory of any machine."""

_PACKED: dict[bytes, Callable[[BinaryIO, Literal["rb"]], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}
_FREE, _MOST_TIMES = 1024 * 1024 * 1024, 200
"""A packed file may unpack to a gigabyte, or to so many times its size: tables reach fifty times, bombs a thousand."""
_DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError)


@dataclass(frozen=True, slots=True)
class File:
    """A file, and what a message calls it: its path, or whatever those who gave its content know it by."""

    path: Path
    name: str = ""

    def __str__(self) -> str:
        return self.name or str(self.path)


@contextmanager
def opened(file: File) -> Iterator[BinaryIO]:
    """A file's bytes, decompressed; raises `DataError` where it cannot be opened or ends too early."""
    try:
        with file.path.open("rb") as raw:
            head = raw.read(6)
            raw.seek(0)
            unpack = next((each for magic, each in _PACKED.items() if head.startswith(magic)), None)
            if unpack is None:
                yield raw
                return
            with unpack(raw, "rb") as unpacked:
                yield cast(BinaryIO, _Bounded(unpacked, file))
    except FileNotFoundError:
        raise DataError(f"there is no file {file}", todo="check the path") from None
    except _DAMAGE as error:
        raise DataError(
            f"{file} is compressed, and damaged or cut short: {error}", todo="fetch the file again"
        ) from None
    except OSError as error:
        raise DataError(
            f"{file} cannot be read: {error.strerror or error}", todo="check the file and its rights"
        ) from None


class _Bounded:
    """An unpacked file that is read until it turns out to be a bomb, which is a `DataError`."""

    def __init__(self, unpacked: BinaryIO, file: File) -> None:
        self._unpacked = unpacked
        self._file = file
        self._most = max(_FREE, _MOST_TIMES * file.path.stat().st_size)
        self._read = 0

    def read(self, size: int) -> bytes:
        found = self._unpacked.read(size)
        self._read += len(found)
        if self._read > self._most:
            raise DataError(
                f"{self._file} unpacks to more than {self._most:,} bytes, over {_MOST_TIMES} times its size",
                todo="if it really is a table, unpack it first and give that",
            )
        return found


def blocks(file: BinaryIO, size: int = BLOCK) -> Iterator[bytes]:
    """The rest of a file, a block at a time."""
    while block := file.read(size):
        yield block


def head(file: File, size: int = 65_536) -> bytes:
    """The first bytes of a file, decompressed."""
    with opened(file) as content:
        return content.read(size)
