"""Inserting records into the ``predictions`` table: by id, a batch whole or not at all, one bad record at a time."""

from __future__ import annotations

import logging
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError, StatementError

from ratchet import clock
from ratchet.errors import RatchetError, RequestError, UnavailableError
from ratchet.predictions import hours
from ratchet.predictions.cells import Parked
from ratchet.predictions.forget import ALONE, REJECTED, without_forgotten
from ratchet.predictions.record import Cell, Record, write
from ratchet.privacy.pseudonym import AS_THEY_ARE, Pseudonyms
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database, insert_ignore
from ratchet.store.tables import predictions

_log = logging.getLogger("ratchet.predictions")

_LOOKED_AT = 1 << 20
"""How much of the end of the rejected lines is looked through for those that are there already."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shipped:
    """What one round of shipping did: new records in the table, segments deleted, damaged lines, records refused, and
    records left out since their subject was forgotten.
    """

    records: int = 0
    segments: int = 0
    torn: int = 0
    rejected: int = 0
    forgotten: int = 0

    def __add__(self, other: Shipped) -> Shipped:
        return Shipped(
            records=self.records + other.records,
            segments=self.segments + other.segments,
            torn=self.torn + other.torn,
            rejected=self.rejected + other.rejected,
            forgotten=self.forgotten + other.forgotten,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Inserting:
    """What inserting into the database has taken since this process started."""

    count: int = 0
    """Transactions that were committed."""
    seconds: float = 0.0
    """What all of them took."""
    last: float = 0.0
    """What the last one took."""


class Inserter:
    """Inserts records of a spool, with their large cells; threads may share it.

    A record is inserted by its id, so doing it twice changes nothing, and is counted in the sums by hour in the same
    transaction; its large cells are among the blobs before it is in the table.
    """

    def __init__(self, folder: Path, database: Database, blobs: Blobs, pseudonyms: Pseudonyms = AS_THEY_ARE) -> None:
        self._folder = folder
        self._pseudonyms = pseudonyms
        self._database = database
        self._blobs = blobs
        self._parked = Parked(folder)
        self._rejected = set[int]()
        self._last = ""
        self.inserting = Inserting()

    @property
    def problem(self) -> str | None:
        """Which records were refused in this process; None if none was."""
        if not self._rejected:
            return None
        count = len(self._rejected)
        found = "1 prediction cannot" if count == 1 else f"{count} predictions cannot"
        return f"{found} be kept in the database and lie in {self._folder / REJECTED} (the last: {self._last})"

    def insert(self, records: Sequence[Record], *, patience: float | None = None) -> Shipped:
        """Insert records; one that can never be inserted is set aside, whatever is wrong with it.

        Raises `UnavailableError` or `WorkspaceError` where the database or the blobs take nothing at the moment, within
        ``patience`` seconds where another writer keeps the database busy; `OSError` where nothing can be set aside.
        """
        if not records:
            return Shipped()
        try:
            return self._commit([self._without_name(each) for each in records], patience)
        except Exception as error:
            if not _own_fault(error):
                raise _unavailable(error) from error
            if len(records) == 1:
                return self._reject(records[0], error)
        # One of them is at fault: halve until it stands alone, so that it cannot hold up the others.
        half = len(records) // 2
        return self.insert(records[:half], patience=patience) + self.insert(records[half:], patience=patience)

    def set_aside(self, lines: Sequence[bytes], *, reason: str | None = None) -> None:
        """Keep lines for a human to look at; with a ``reason`` they are records, and are told of in `problem`.

        A line that was set aside before, by whichever process, is not kept twice: segments are read more than once.
        """
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(self._folder / REJECTED, flags, 0o600), "ab+") as file:
            file.seek(max(file.tell() - _LOOKED_AT, 0))
            known = file.read()
            file.write(b"".join(line + b"\n" for line in lines if line + b"\n" not in known))
        if reason is not None:
            self._rejected.update(map(zlib.crc32, lines))
            self._last = reason

    def _without_name(self, record: Record) -> Record:
        """A record as it is kept now, where an earlier release wrote the subject's plain name into the spool."""
        kept = self._pseudonyms.kept(record.subject)
        return record if kept == record.subject else msgspec.structs.replace(record, subject=kept)

    def _commit(self, records: Sequence[Record], patience: float | None) -> Shipped:
        """Insert records and count them, all or none."""
        cells = _cells(records)
        self._parked.move(cells, self._blobs)
        started = clock.monotonic()
        named = any(each.subject is not None for each in records)
        with self._database.begin(alone=ALONE if named else None, patience=patience) as connection:
            kept = without_forgotten(connection, records)
            new = insert_ignore(connection, predictions, [_row(each) for each in kept])
            hours.add(connection, [each for each in kept if (each.id,) in new])
        took = clock.monotonic() - started
        done = self.inserting
        self.inserting = Inserting(count=done.count + 1, seconds=done.seconds + took, last=took)
        for cell in {*cells} - {*_cells(kept)}:
            self._blobs.delete(cell.key)
        self._parked.drop(cells)
        forgotten = len(records) - len(kept)
        if forgotten:
            _log.info("%d predictions of subjects that were forgotten are left out", forgotten)
        return Shipped(records=len(new), forgotten=forgotten)

    def _reject(self, record: Record, error: Exception) -> Shipped:
        reason = f"{record.id}: {_reason(error)}"
        self.set_aside([write(record)[:-1]], reason=reason)
        _log.error("a prediction is refused by the database and kept in %s: %s", REJECTED, reason)
        return Shipped(rejected=1)


def problem_of(error: Exception) -> str:
    """What an error says, in a line."""
    if isinstance(error, RatchetError):
        return error.problem
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return f"{type(error).__name__}: {_reason(error)}".removesuffix(": ")


def _row(record: Record) -> dict[str, object]:
    row = {name: getattr(record, name) for name in record.__struct_fields__}
    return row | {
        "scores": msgspec.to_builtins(record.scores),
        "set": list(record.set),
        "cells": msgspec.to_builtins(record.cells),
    }


def _cells(records: Sequence[Record]) -> list[Cell]:
    return [cell for each in records for cell in each.cells.values()]


def _own_fault(error: Exception) -> bool:
    """Whether a record can never be inserted, as against a database, blobs or a disk that take none at the moment."""
    if isinstance(error, DBAPIError):
        return isinstance(error, IntegrityError)
    if isinstance(error, SQLAlchemyError):
        return isinstance(error, StatementError)
    if isinstance(error, RatchetError):
        return isinstance(error, RequestError)
    return not isinstance(error, OSError | MemoryError)


def _unavailable(error: Exception) -> Exception:
    if isinstance(error, RatchetError | OSError):
        return error
    return UnavailableError(
        f"the database does not take predictions: {_reason(error)}",
        todo="ratchet doctor says more; the spool keeps the records until then",
    )


def _reason(error: Exception) -> str:
    cause = error.orig if isinstance(error, StatementError) and error.orig is not None else error
    return " ".join(str(cause).split())[:300]
