"""Shipping: from the spool's segments to the ``predictions`` table, behind the answers.

A record is inserted by its id, so shipping it twice changes nothing, and is counted in the sums by hour in the same
transaction; its large cells are among the blobs before it is in the table.  A segment is deleted only after its records
are committed and nobody can write to it any more.  Any number of processes may ship the same folder.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError, StatementError

from ratchet import clock
from ratchet.backoff import Backoff
from ratchet.errors import RatchetError, RequestError, UnavailableError
from ratchet.predictions import hours
from ratchet.predictions.cells import Parked
from ratchet.predictions.forget import ALONE, REJECTED, take_on_late, without_forgotten
from ratchet.predictions.record import Cell, Record, write
from ratchet.predictions.segment import SUFFIX, UNBORN, Claim, read_part
from ratchet.predictions.spool import Spool
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database, insert_ignore
from ratchet.store.tables import predictions

_log = logging.getLogger("ratchet.predictions")

SHARE = 0.25
"""The share of its time that `Shipper.tend` works; the rest is left to answering, which goes on in the same process."""
ROUND_SECONDS = 2.0
"""How long one call of `Shipper.tend` ships at most; the next goes on where it stopped."""


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Inserting:
    """What inserting into the database has taken since this process started."""

    count: int = 0
    """Transactions that were committed."""
    seconds: float = 0.0
    """What all of them took."""
    last: float = 0.0
    """What the last one took."""


class Shipper:
    """Moves complete records to the database, and their large cells to the blobs."""

    def __init__(self, folder: Path, database: Database, blobs: Blobs, spool: Spool | None = None) -> None:
        self._folder = folder
        self._database = database
        self._blobs = blobs
        self._parked = Parked(folder)
        self._spool = spool
        self._offsets: dict[Path, int] = {}
        self._lock = threading.Lock()
        self._failed = 0
        self._failure = ""
        self._backoff = Backoff(first=0.5)
        self.inserting = Inserting()
        self.problem: str | None = None
        """Why nothing was shipped the last time; None while all is well."""

    def tend(self) -> Shipped:
        """Ship for a while, unhurried, unless the database failed a moment ago; never raises.

        After each failure the wait before the next attempt doubles, from half a second to a minute.
        """
        if not self._backoff.due:
            return Shipped()
        try:
            shipped = self._ship(until=clock.monotonic() + ROUND_SECONDS, share=SHARE)
        except (RatchetError, OSError) as error:
            problem = _problem(error)
            if self.problem is None:
                _log.error("predictions stay in the spool: %s", problem)
            self.problem = problem
            self._backoff.failed()
            return Shipped()
        self.problem = None
        self._backoff.succeeded()
        return shipped

    def ship(self) -> Shipped:
        """Ship every complete record now; raises `UnavailableError` when the database is away, and keeps the spool.

        Who comes while another thread ships waits for that, and fails with it: that the database is away is found out
        once, however many ask.
        """
        return self._ship(until=math.inf, share=1.0)

    def _ship(self, *, until: float, share: float) -> Shipped:
        failed_before = self._failed
        with self._lock:
            if self._failed > failed_before:
                raise UnavailableError(
                    f"predictions could not be brought to the database: {self._failure}", todo="try again"
                )
            try:
                return self._ship_alone(until, share)
            except Exception as error:
                self._failed, self._failure = self._failed + 1, _problem(error)
                raise

    def _ship_alone(self, until: float, share: float) -> Shipped:
        total = self._ship_held()
        self._clear_unborn()
        take_on_late(self._parked, self._database, self._blobs)
        paths = sorted(self._folder.glob(f"*{SUFFIX}"))
        self._offsets = {path: at for path, at in self._offsets.items() if path in paths}
        for path in paths:
            if clock.monotonic() > until:
                break
            with suppress(FileNotFoundError):  # another process shipped and deleted it
                total = _sum(total, self._ship_segment(path, until, share))
        return total

    def _ship_held(self) -> Shipped:
        if self._spool is None:
            return Shipped()
        self._spool.retry()
        held = self._spool.held()
        shipped = self._insert(held)
        self._spool.release(held)
        return shipped

    def _ship_segment(self, path: Path, until: float, share: float) -> Shipped:
        total = Shipped()
        with Claim(path) as free:
            while True:
                started = clock.monotonic()
                at = self._offsets.get(path, 0)
                part = read_part(path, at, alive=not free)
                total = _sum(total, self._insert(part.records))
                self._set_aside(path, part.torn)
                total = _sum(total, Shipped(torn=len(part.torn)))
                self._offsets[path] = part.end
                if free and not part.more:
                    path.unlink(missing_ok=True)
                    return _sum(total, Shipped(segments=1))
                now = clock.monotonic()
                if not part.more or part.end == at or now > until:
                    return total
                time.sleep((now - started) * (1 / share - 1))

    def _set_aside(self, path: Path, torn: Sequence[bytes]) -> None:
        if torn:
            self._keep(b"".join(line + b"\n" for line in torn))
            _log.warning("%s: %d unfinished lines kept in %s", path.name, len(torn), REJECTED)

    def _clear_unborn(self) -> None:
        """Segments whose maker died before they could be written to hold nothing."""
        for path in self._folder.glob(f"*{UNBORN}"):
            try:
                with Claim(path) as free:
                    if free and path.stat().st_mtime < clock.now().timestamp() - 60:
                        path.unlink(missing_ok=True)
            except FileNotFoundError:
                continue

    def _insert(self, records: Sequence[Record]) -> Shipped:
        if not records:
            return Shipped()
        try:
            return self._commit(records)
        except (RequestError, SQLAlchemyError, UnicodeError, OverflowError) as error:
            if not _own_fault(error):
                raise UnavailableError(
                    f"the database does not take predictions: {_reason(error)}",
                    todo="ratchet doctor says more; the spool keeps the records until then",
                ) from error
            if len(records) == 1:
                return self._reject(records[0], error)
        # One of them is at fault: halve until it stands alone, so that it cannot hold up the others.
        half = len(records) // 2
        return _sum(self._insert(records[:half]), self._insert(records[half:]))

    def _commit(self, records: Sequence[Record]) -> Shipped:
        """Insert records and count them, all or none."""
        cells = _cells(records)
        self._parked.move(cells, self._blobs)
        started = clock.monotonic()
        named = any(each.subject is not None for each in records)
        with self._database.begin(alone=ALONE if named else None) as connection:
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
        self._keep(write(record))
        _log.error("prediction %s is refused by the database and kept in %s: %s", record.id, REJECTED, _reason(error))
        return Shipped(rejected=1)

    def _keep(self, lines: bytes) -> None:
        with (self._folder / REJECTED).open("ab") as file:
            file.write(lines)


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
    """Whether a record can never be inserted, as against a database that does not take any at the moment."""
    if isinstance(error, DBAPIError):
        return isinstance(error, IntegrityError)
    return isinstance(error, RequestError | StatementError | UnicodeError | OverflowError)


def _problem(error: Exception) -> str:
    return error.problem if isinstance(error, RatchetError) else str(error)


def _reason(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return " ".join(str(cause).split())[:300]


def _sum(first: Shipped, second: Shipped) -> Shipped:
    return Shipped(
        records=first.records + second.records,
        segments=first.segments + second.segments,
        torn=first.torn + second.torn,
        rejected=first.rejected + second.rejected,
        forgotten=first.forgotten + second.forgotten,
    )
