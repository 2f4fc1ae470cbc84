"""The spool: where an answer is written down before it leaves.

Each process appends to a segment of its own in a folder that all share; `ratchet.predictions.ship` takes the records
on to the database.  A write is in the kernel's hands when `Spool.record` returns, so it survives ``kill -9``; with
``fsync`` it survives the loss of power too.

When the disk is full, the segment in use and one in reserve still have room, since their space was claimed when they
were made.  After that, records are held in memory, writing is tried again, and the shipper takes them straight to the
database; only when that is away too and memory's share is used up are answers refused, for they could be lost.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ratchet import clock
from ratchet.errors import UnavailableError
from ratchet.predictions.cells import CELL_BYTES, Parked
from ratchet.predictions.record import Record, read, write
from ratchet.predictions.segment import SegmentWriter

_log = logging.getLogger("ratchet.predictions")

SEGMENT_BYTES = 8 << 20
HOLD_BYTES = 64 << 20
RETRY_SECONDS = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Spooled:
    """What this process has logged since it started."""

    logged: int = 0
    """Records that are safe: on the disk, or in the database."""
    held: int = 0
    """Records that wait in memory since the disk takes no more."""
    failures: int = 0
    """Writes that failed."""
    problem: str | None = None
    """Why records are held; None while all is well."""


@dataclass(frozen=True, slots=True)
class _Held:
    record: Record
    line: bytes


class Spool:
    """The writing end of the log; one a process, shared by its threads."""

    def __init__(
        self, folder: Path, *, fsync: bool = False, segment_bytes: int = SEGMENT_BYTES, hold_bytes: int = HOLD_BYTES
    ) -> None:
        self.folder = folder
        self._fsync = fsync
        self._parked = Parked(folder, fsync=fsync)
        self._segment_bytes = segment_bytes
        self._hold_bytes = hold_bytes
        self._lock = threading.Lock()
        self._current: SegmentWriter | None = None
        self._reserve: SegmentWriter | None = None
        self._held: deque[_Held] = deque()
        self._held_bytes = 0
        self._logged = 0
        self._failures = 0
        self._problem: str | None = None
        self._next_try = 0.0

    def record(self, records: Sequence[Record]) -> None:
        """Log a batch: all of it or, raising `UnavailableError`, nothing.

        On return the batch is on the disk, or held in memory if the disk takes nothing.
        """
        lines = [write(record) for record in records]
        if max(map(len, lines), default=0) > CELL_BYTES:  # else no cell can be large
            records = [self._with_parked_cells(each) for each in records]
            lines = [write(record) for record in records]
        data = b"".join(lines)
        with self._lock:
            if not self._held and self._append(data, len(lines)):
                return
            if self._held_bytes + len(data) > self._hold_bytes:
                raise UnavailableError(
                    f"this answer cannot be logged: {self._problem}, and {len(self._held)} records wait in memory",
                    todo=f"make room on the disk of {self.folder}, or bring the database back; answers go on then",
                )
            self._held.extend(map(_Held, records, lines))
            self._held_bytes += len(data)
            if clock.monotonic() >= self._next_try:
                self._write_held()

    def _with_parked_cells(self, record: Record) -> Record:
        try:
            return self._parked.park(record)
        except OSError:
            return record  # the disk is full: the cell waits in memory with its record

    def retry(self) -> None:
        """Try to write what is held in memory."""
        with self._lock:
            self._write_held()

    def held(self) -> list[Record]:
        """What is held in memory now, as a segment would give it; the shipper takes it straight to the database."""
        with self._lock:
            lines = [each.line for each in self._held]
        return [record for line in lines if (record := read(line[:-1])) is not None]

    def release(self, records: Sequence[Record]) -> None:
        """Let go of held records that are safe elsewhere."""
        safe = {record.id for record in records}
        self.drop(lambda record: record.id in safe)

    def drop(self, goes: Callable[[Record], bool]) -> int:
        """Let go of held records that need not be kept any more, which count as logged; returns how many."""
        with self._lock:
            kept = deque(each for each in self._held if not goes(each.record))
            gone = len(self._held) - len(kept)
            self._logged += gone
            self._held = kept
            self._held_bytes = sum(len(each.line) for each in kept)
            return gone

    def state(self) -> Spooled:
        """The counts so far."""
        with self._lock:
            return Spooled(
                logged=self._logged,
                held=len(self._held),
                failures=self._failures,
                problem=self._problem if self._held else None,
            )

    def close(self) -> None:
        """Write what is held, and let others ship and delete the segments."""
        with self._lock:
            self._write_held()
            if self._held:
                _log.error("%d predictions could not be logged: %s", len(self._held), self._problem)
            for segment in (self._current, self._reserve):
                if segment is not None:
                    segment.close()
            self._current = self._reserve = None

    def _write_held(self) -> None:
        if self._held and self._append(b"".join(each.line for each in self._held), len(self._held)):
            _log.warning("the disk takes records again: %d that were held are written", len(self._held))
            self._held.clear()
            self._held_bytes = 0

    def _append(self, data: bytes, count: int) -> bool:
        try:
            self._room(len(data)).write(data, fsync=self._fsync)
        except OSError as error:
            self._failures += 1
            self._next_try = clock.monotonic() + RETRY_SECONDS
            problem = f"the spool {self.folder} cannot be written ({error.strerror or error})"
            if problem != self._problem or not self._held:
                _log.error("%s; records are held in memory", problem)
            self._problem = problem
            return False
        self._logged += count
        return True

    def _room(self, length: int) -> SegmentWriter:
        """A segment with room for so many bytes; the next one is made ready while the disk still has room."""
        if self._current is not None and self._current.fits(length):
            return self._current
        if self._reserve is not None and self._reserve.fits(length):
            following = self._reserve
            self._reserve = None
        else:
            following = SegmentWriter.create(self.folder, max(self._segment_bytes, length), fsync=self._fsync)
        if self._current is not None:
            self._current.close()
        self._current = following
        if self._reserve is None:
            try:
                self._reserve = SegmentWriter.create(self.folder, self._segment_bytes, fsync=self._fsync)
            except OSError as error:
                _log.error("no room for a spare segment in %s: %s", self.folder, error.strerror)
        return following
