"""The spool: where an answer is written down before it leaves.

Each process appends to a segment of its own in a folder that all share; `ratchet.predictions.ship` takes the records
on to the database.  A write is in the kernel's hands when `Spool.record` returns, so it survives ``kill -9``; with
``fsync`` it survives the loss of power too.

When the disk is full, the segment in use and one in reserve still have room, since their space was claimed when they
were made.  After that each batch is handed to ``straight``, which brings it to the database while the request waits.
Where that takes it neither, the spec chooses: the request is refused (``refuse``), or the records are held in memory
until there is room (``hold``), where they are lost with the process; above a share of memory they are refused too.

A segment that is deleted or moved under its writer is written anew from the open file, which still holds all of it: a
deleted one before the batch at hand counts as logged, a moved one within `LOOK_SECONDS`.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ratchet import clock
from ratchet.errors import UnavailableError
from ratchet.predictions.cells import CELL_BYTES, Parked
from ratchet.predictions.record import Record, read, sealed, write
from ratchet.predictions.segment import SegmentWriter
from ratchet.store.seals import PLAIN, Seals

_log = logging.getLogger("ratchet.predictions")

SEGMENT_BYTES = 8 << 20
HOLD_BYTES = 64 << 20
RETRY_SECONDS = 0.5
LOOK_SECONDS = 1.0
"""How often to look whether the segments still lie where a shipper finds them."""


Unlogged = Literal["refuse", "hold"]
"""What becomes of a request whose records neither the disk nor the database takes."""
Straight = Callable[[Sequence[Record]], str | None]
"""Brings records to the database at once: None, or why it does not take them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spooled:
    """What this process has logged since it started."""

    logged: int = 0
    """Records that are safe: on the disk, or in the database."""
    held: int = 0
    """Records that wait in memory since neither the disk nor the database takes them."""
    failures: int = 0
    """Writes that failed."""
    problem: str | None = None
    """Why the disk takes no records, and what becomes of them; None while all is well."""
    notice: str | None = None
    """Which segment was deleted or moved while this process ran; None if none was."""
    bytes: int = 0
    """What the segments of all processes take on the disk, the room that is claimed for records to come too."""
    disk_free: int = 0
    """Bytes that there is room for on that disk."""


@dataclass(frozen=True, slots=True)
class _Held:
    record: Record
    line: bytes


def _records(lines: Sequence[bytes]) -> list[Record]:
    return [record for line in lines if (record := read(line[:-1])) is not None]


class Spool:
    """The writing end of the log; one a process, shared by its threads."""

    def __init__(
        self,
        folder: Path,
        *,
        fsync: bool = False,
        unlogged: Unlogged = "refuse",
        straight: Straight | None = None,
        segment_bytes: int = SEGMENT_BYTES,
        hold_bytes: int = HOLD_BYTES,
        seals: Seals = PLAIN,
    ) -> None:
        self.folder = folder
        self._fsync = fsync
        self._seals = seals
        self._parked = Parked(folder, fsync=fsync, seals=seals)
        self._unlogged = unlogged
        self._straight = straight
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
        self._refused: str | None = None
        self._next_try = 0.0
        self._notice: str | None = None
        self._next_look = 0.0

    def record(self, records: Sequence[Record]) -> None:
        """Log a batch: all of it or, raising `UnavailableError`, nothing that anybody may count on.

        On return the batch is on the disk, in the database or, where the spec wants it so, held in memory.
        """
        lines = [write(record) for record in records]
        if max(map(len, lines), default=0) > CELL_BYTES:  # else no cell can be large
            records = [self._with_parked_cells(each) for each in records]
            lines = [write(record) for record in records]
        with self._lock:
            if not self._held and self._append(b"".join(lines), len(lines)):
                return
        refused = self._go_straight(lines)  # without the lock: health does not wait for the database
        with self._lock:
            self._refused = refused
            if refused is None:
                self._logged += len(lines)
            else:
                self._hold(records, lines, refused)

    def _go_straight(self, lines: Sequence[bytes]) -> str | None:
        """Why the database does not take the records, as a segment would give them; None if it did."""
        if self._straight is None:
            return "no database is at hand"
        return self._straight(_records(lines))

    def _hold(self, records: Sequence[Record], lines: Sequence[bytes], refused: str) -> None:
        size = sum(map(len, lines))
        if self._unlogged == "refuse" or self._held_bytes + size > self._hold_bytes:
            waiting = f", and {len(self._held)} records wait in memory" if self._held else ""
            raise UnavailableError(
                f"this answer cannot be logged: {self._problem}, nor does the database take it ({refused}){waiting}",
                todo=f"make room on the disk of {self.folder}, or bring the database back; answers go on then",
            )
        self._held.extend(map(_Held, records, lines))
        self._held_bytes += size
        if clock.monotonic() >= self._next_try:
            self._write_held()

    def _with_parked_cells(self, record: Record) -> Record:
        try:
            return self._parked.park(record)
        except OSError:
            return sealed(record, self._seals)  # the disk is full: the cell waits in memory with its record

    def retry(self) -> None:
        """Try to write what is held in memory; where nothing is, see whether the disk takes records again, and whether
        the segments still lie where a shipper finds them.
        """
        with self._lock:
            if self._held:
                self._write_held()
            elif self._problem is not None or self._current is not None:
                self._append(b"", 0)

    def held(self) -> list[Record]:
        """What is held in memory now, as a segment would give it; the shipper takes it straight to the database."""
        with self._lock:
            lines = [each.line for each in self._held]
        return _records(lines)

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
                problem=self._in_words(),
                notice=self._notice,
            )

    def _in_words(self) -> str | None:
        if self._problem is None:
            return None
        if self._held:
            return f"{self._problem}, and the database takes none ({self._refused}): {len(self._held)} wait in memory"
        if self._refused is not None:
            return f"{self._problem}, and the database takes none ({self._refused}): requests are refused"
        return f"{self._problem}: answers go straight to the database"

    def close(self) -> None:
        """Write what is held, and let others ship and delete the segments."""
        with self._lock:
            self._write_held()
            self._next_look = 0.0
            if self._current is not None:
                self._append(b"", 0)
            for segment in (self._current, self._reserve):
                if segment is not None:
                    segment.close()
            self._current = self._reserve = None

    def _write_held(self) -> None:
        if self._held and self._append(b"".join(each.line for each in self._held), len(self._held)):
            _log.warning("%d predictions that were held are written", len(self._held))
            self._held.clear()
            self._held_bytes = 0

    def _append(self, data: bytes, count: int) -> bool:
        try:
            self._room(len(data)).write(data, fsync=self._fsync)
            self._look()
        except OSError as error:
            self._failures += 1
            self._next_try = clock.monotonic() + RETRY_SECONDS
            problem = f"the spool {self.folder} cannot be written ({error.strerror or error})"
            if problem != self._problem:
                _log.error("%s; records go straight to the database", problem)
            self._problem = problem
            return False
        if self._problem is not None:
            _log.warning("the disk takes records again")
        self._problem = self._refused = None
        self._logged += count
        return True

    def _room(self, length: int) -> SegmentWriter:
        """A segment with room for so many bytes; the next one is made ready while the disk still has room."""
        if self._current is not None and self._current.fits(length):
            return self._current
        self._next_look = 0.0  # what is deleted or moved after it was closed is nobody's to write anew
        self._look()
        if self._reserve is not None and self._reserve.fits(length):
            following = self._reserve
            self._reserve = None
        else:
            following = self._new(length)
        self._follow(following)
        return following

    def _new(self, length: int) -> SegmentWriter:
        return SegmentWriter.create(self.folder, max(self._segment_bytes, length), fsync=self._fsync)

    def _follow(self, following: SegmentWriter) -> None:
        """Write to this segment from now on, and have one in reserve, if there is room for it."""
        if self._current is not None:
            self._current.close()
        self._current = following
        if self._reserve is None:
            try:
                self._reserve = self._new(0)
            except OSError as error:
                _log.error("no room for a spare segment in %s: %s", self.folder, error.strerror)

    def _look(self) -> None:
        """See that the segments are where a shipper finds them; one that is not is written anew.

        Whether it was deleted is asked each time; what costs more, once in `LOOK_SECONDS`.  Raises `OSError` where the
        disk takes no new segment: then nothing is given up, and the next call tries again.
        """
        current, due = self._current, clock.monotonic() >= self._next_look
        if current is None or not (due or current.nameless):
            return
        if self._reserve is not None and not self._reserve.is_there():
            self._reserve.close()
            self._reserve = None
        if not current.is_there():
            self._write_anew(current)
        self._next_look = clock.monotonic() + LOOK_SECONDS

    def _write_anew(self, lost: SegmentWriter) -> None:
        """Copy a segment that was deleted or moved into a new one; what of it was shipped is known there by its ids."""
        following = self._new(lost.used)
        try:
            lost.copy_to(following, fsync=self._fsync)
        except OSError:
            following.discard()
            raise
        self._follow(following)
        self._notice = (
            f"the segment {lost.path} was deleted or moved while this process ran; all that was in it is in "
            f"{following.path.name} since {clock.now():%Y-%m-%d %H:%M:%S} UTC. What else was in {self.folder} and is "
            "not there any more is lost unless it was shipped: put it back"
        )
        _log.error("%s", self._notice)
