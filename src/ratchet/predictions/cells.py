"""Large cells: pictures, sound and long texts go to the blobs, and the log refers to them.

A cell is written beside the spool before the record that refers to it; the shipper takes it on to the blobs before it
inserts that record, and lets go of the copy after.  So at every moment a record's cells are in one of the two places,
whoever is killed between any two steps.  A subject's cell is its record's alone, so that it can be forgotten without
asking who else refers to it: not another subject, nor a record that the same one sent later, which stays.  Nobody's
cells are never forgotten, and each is kept once.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from ratchet import atomic, clock, platforms
from ratchet.predictions.record import Cell, Record
from ratchet.store.blobs import Blobs
from ratchet.store.seals import PLAIN, Seals
from ratchet.store.subjects import digest

CELL_BYTES = 16 << 10
"""What a bytes or text cell may measure to be logged within its record."""
FOLDER = "cells"
_NOBODY = "_"
_SLASH = "!"
"""What parts a key in a file name; no key holds one."""
_PARTED = 3
"""How often it stands in the name of a cell's file; a file that we did not write is left alone."""
_LATE = 3_600
"""Seconds after which a parked cell that no record came for is taken on all the same, since one may still come."""
_DEAD = 60
"""Seconds after which a file that was never finished has lost its writer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Late:
    """A parked cell that no record came for."""

    key: str
    path: Path
    written: datetime

    @property
    def owner(self) -> tuple[str, str]:
        """The classifier, and the digest of the subject (of nobody: what is no digest)."""
        _, classifier, of, _ = self.key.split("/")
        return classifier, of


class Parked:
    """The cells that lie beside the spool, on their way to the blobs."""

    def __init__(self, spool: Path, *, fsync: bool = False, seals: Seals = PLAIN) -> None:
        self._folder = spool / FOLDER
        self._seals = seals
        self._fsync = fsync

    def park(self, record: Record) -> Record:
        """The record with its large cells written here; raises `OSError` where the disk does not take them."""
        found = {name: value for name, value in record.row.items() if is_large(value)}
        if not found:
            return record
        cells = {name: self._write(record, value) for name, value in found.items()}
        row = {name: value for name, value in record.row.items() if name not in found}
        return msgspec.structs.replace(record, row=row, cells={**record.cells, **cells})

    def move(self, cells: Iterable[Cell], blobs: Blobs) -> None:
        """See that the cells are among the blobs; raises `UnavailableError` or `WorkspaceError` where they cannot be.

        One that lies in neither place was forgotten in between.
        """
        for cell in cells:
            path = self._path(cell.key)
            if path.exists() and not blobs.exists(cell.key):
                blobs.put_file(cell.key, path)

    def drop(self, cells: Iterable[Cell]) -> None:
        """Let go of copies that are among the blobs, and whose records are in the database."""
        for cell in cells:
            self._path(cell.key).unlink(missing_ok=True)

    def late(self) -> list[Late]:
        """What writers left behind that died between the cell and its record; half a file is deleted.

        The record may exist all the same, in a segment that could not be shipped yet.
        """
        found = []
        for path in self._folder.glob("*"):
            if path.is_symlink():
                continue  # none of ours
            with suppress(FileNotFoundError):
                written = path.stat().st_mtime
                age = clock.now().timestamp() - written
                if path.name.startswith(".") and age > _DEAD:
                    path.unlink(missing_ok=True)
                elif not path.name.startswith(".") and path.name.count(_SLASH) == _PARTED and age > _LATE:
                    key = path.name.replace(_SLASH, "/")
                    found.append(Late(key=key, path=path, written=datetime.fromtimestamp(written, UTC)))
        return found

    def of(self, classifier: str, subject: str) -> list[Path]:
        """The files of a subject's cells."""
        start = folder_of(classifier, subject).replace("/", _SLASH) + _SLASH
        return list(self._folder.glob(f"{start}*"))

    def _path(self, key: str) -> Path:
        return self._folder / key.replace("/", _SLASH)

    def _write(self, record: Record, value: bytes | str) -> Cell:
        content = value.encode("utf-8", "replace") if isinstance(value, str) else bytes(value)
        name = self._seals.name(content) + ("" if record.subject is None else f"-{record.id}")
        key = f"{folder_of(record.classifier, record.subject)}/{name}"
        path = self._path(key)
        if not path.exists():
            atomic.make_private(path.parent)
            with atomic.beside(path) as part, part.open("xb") as file:
                file.write(self._seals.content(key, content))
                file.flush()
                if self._fsync:
                    platforms.sync(file.fileno())
                part.replace(path)
            if self._fsync:
                atomic.sync_folder(path.parent)
        return Cell(key=key, bytes=len(content), type="text" if isinstance(value, str) else "bytes")


def folder_of(classifier: str, subject: str | None) -> str:
    """The key of the folder of a subject's cells among the blobs."""
    return f"cells/{classifier}/{_NOBODY if subject is None else digest(subject)}"


def read_cell(cell: Cell, blobs: Blobs) -> bytes | str:
    """What a large cell holds; raises `NotFoundError` where it was forgotten, `UnavailableError` from the blobs."""
    content = blobs.get(cell.key)
    return content.decode() if cell.type == "text" else content


def is_large(value: Any) -> bool:
    """Whether a cell goes to the blobs."""
    return isinstance(value, bytes | bytearray | str) and len(value) > CELL_BYTES
