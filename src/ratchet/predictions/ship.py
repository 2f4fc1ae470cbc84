"""Shipping: from the spool's segments to the ``predictions`` table, behind the answers.

A segment is deleted only after its records are committed and nobody can write to it any more, a minute after the last
of them was written, and only while the database is the one that they went to: one that is put in its place meanwhile is
given them again.  What is wrong with one segment, or with one record, stops no other.  Any number of processes may ship
the same folder.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from pathlib import Path

from ratchet import clock
from ratchet.backoff import Backoff
from ratchet.errors import RatchetError, UnavailableError
from ratchet.predictions.cells import Parked
from ratchet.predictions.forget import REJECTED, take_on_late
from ratchet.predictions.insert import Inserter, Inserting, Shipped, problem_of
from ratchet.predictions.record import sound
from ratchet.predictions.segment import SUFFIX, UNBORN, Claim, SegmentPart, read_part
from ratchet.predictions.spool import Spool
from ratchet.predictions.turn import Turn
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database

_log = logging.getLogger("ratchet.predictions")

SHARE = 0.25
"""The share of its time that `Shipper.tend` works; the rest is left to answering, which goes on in the same process."""
ROUND_SECONDS = 2.0
"""How long one call of `Shipper.tend` ships at most; the next goes on where it stopped."""
QUIET_SECONDS = 30.0
"""How long an attempt may go on, or fail again and again, until `Shipper.problems` says that nothing is shipped."""
KEEP_SECONDS = 60.0
"""How long a segment stays after its last record, though all are in the database, unless the disk is full.

Who replaces a database file by a copy of a moment ago loses nothing so, where the copy is no older than that.
"""
_NAMED = 3
"""How many segments that cannot be shipped are named; the others are counted."""


class Shipper:
    """Moves complete records to the database, and their large cells to the blobs."""

    def __init__(
        self,
        folder: Path,
        database: Database,
        blobs: Blobs,
        spool: Spool | None = None,
        *,
        inserter: Inserter | None = None,
    ) -> None:
        self._folder = folder
        self._database = database
        self._blobs = blobs
        self._spool = spool
        self._inserter = inserter or Inserter(folder, database, blobs)
        self._reopened = database.reopened
        self._offsets: dict[Path, int] = {}
        self._unread: dict[Path, str] = {}
        self._lock = threading.Lock()
        self._turn = Turn(folder)
        self._failed = 0
        self._failure = ""
        self._backoff = Backoff(first=0.5)
        self._since: float | None = None
        self._succeeded: str | None = None
        self.problem: str | None = None
        """Why nothing was shipped the last time; None while all is well."""

    @property
    def inserting(self) -> Inserting:
        """How long the database has taken to take records in."""
        return self._inserter.inserting

    def problems(self) -> tuple[str, ...]:
        """A sentence for each thing that keeps records from the database now; waits for nothing."""
        found = [self.problem, self._quiet(), self._database.notice, *self._skipped(), self._inserter.problem]
        return tuple(each for each in found if each is not None)

    def tend(self) -> Shipped:
        """Ship for a while, unhurried, unless the database failed a moment ago; never raises, whatever happens.

        The spool is looked after also while the database is away.  While it is another process's turn to ship the
        folder (`ratchet.predictions.turn`), only what this one holds in memory is shipped.

        After each failure the wait before the next attempt doubles, from half a second to a minute.
        """
        if self._spool is not None:
            self._spool.retry()
        if not self._backoff.due:
            return Shipped()
        self._since = self._since or clock.monotonic()
        mine = self._turn.mine()
        try:
            shipped = self._ship(until=clock.monotonic() + ROUND_SECONDS if mine else -math.inf, share=SHARE)
        except Exception as error:
            problem = problem_of(error)
            if self.problem is None:
                known = isinstance(error, RatchetError | OSError)
                _log.error("predictions stay in the spool: %s", problem, exc_info=None if known else error)
            self.problem = problem
            self._backoff.failed()
            if mine:
                self._turn.say(problem)
            return Shipped()
        self.problem, self._since = self._turn.problem, None
        if mine:
            self._turn.say(None)
        self._succeeded = f"{clock.now():%Y-%m-%d %H:%M:%S} UTC"
        self._backoff.succeeded()
        return shipped

    def ship(self) -> Shipped:
        """Ship every complete record now; raises `UnavailableError` when the database is away, and keeps the spool.

        Who comes while another thread ships waits for that, and fails with it: that the database is away is found out
        once, however many ask.
        """
        return self._ship(until=math.inf, share=1.0)

    def close(self) -> None:
        """Let another process ship from now on."""
        self._turn.close()

    def _quiet(self) -> str | None:
        since = self._since
        seconds = 0.0 if since is None else clock.monotonic() - since
        if seconds < QUIET_SECONDS:
            return None
        last = f"the last time was {self._succeeded}" if self._succeeded else "it never was since this process began"
        return (
            f"nothing could be brought to the database for {seconds:.0f} s ({last}); the spool keeps what is answered"
        )

    def _skipped(self) -> list[str]:
        unread = list(self._unread.items())
        found = [
            f"the segment {path} cannot be shipped ({reason}); it is kept, and the others are shipped"
            for path, reason in unread[:_NAMED]
        ]
        return found + ([f"{len(unread) - _NAMED} more segments cannot be shipped"] if len(unread) > _NAMED else [])

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
                self._failed, self._failure = self._failed + 1, problem_of(error)
                raise

    def _ship_alone(self, until: float, share: float) -> Shipped:
        self._same_database()
        total = self._ship_held()
        self._clear_unborn()
        take_on_late(Parked(self._folder), self._database, self._blobs)
        paths = sorted(self._folder.glob(f"*{SUFFIX}"))
        self._offsets = {path: at for path, at in self._offsets.items() if path in paths}
        self._unread = {path: reason for path, reason in self._unread.items() if path in paths}
        for path in paths:
            if clock.monotonic() > until:
                break
            total += self._ship_or_skip(path, until, share)
        return total

    def _ship_held(self) -> Shipped:
        if self._spool is None:
            return Shipped()
        self._spool.retry()
        held = self._spool.held()
        shipped = self._inserter.insert(held)
        self._spool.release(held)
        return shipped

    def _ship_or_skip(self, path: Path, until: float, share: float) -> Shipped:
        """Ship a segment; one that cannot be read is skipped and stays, and is tried again the next time."""
        try:
            shipped = self._ship_segment(path, until, share)
        except FileNotFoundError:  # another process shipped and deleted it
            return Shipped()
        except RatchetError:
            raise  # no segment is at fault
        except Exception as error:
            reason = problem_of(error)
            if self._unread.get(path) != reason:
                known = isinstance(error, OSError)
                _log.error("the segment %s is skipped: %s", path, reason, exc_info=None if known else error)
            self._unread[path] = reason
            return Shipped()
        self._unread.pop(path, None)
        return shipped

    def _ship_segment(self, path: Path, until: float, share: float) -> Shipped:
        total = Shipped()
        with Claim(path) as free:
            while True:
                started = clock.monotonic()
                at = self._offsets.get(path, 0)
                part = read_part(path, at, alive=not free)
                total += self._inserter.insert(part.records) + self._set_aside(path, part)
                self._offsets[path] = part.end
                if free and not part.more:
                    return total + Shipped(segments=self._let_go(path))
                now = clock.monotonic()
                if not part.more or part.end == at or now > until:
                    return total
                time.sleep((now - started) * (1 / share - 1))

    def _let_go(self, path: Path) -> int:
        """Delete a segment that is in the database, unless it is to stay for a while; how many are deleted."""
        age = clock.now().timestamp() - path.stat().st_mtime
        full = self._spool is not None and self._spool.state().problem is not None
        if (0 <= age < KEEP_SECONDS and not full) or not self._same_database():
            return 0
        path.unlink(missing_ok=True)
        return 1

    def _same_database(self) -> bool:
        """Whether the database is the one that everything so far was brought to; if not, all begins anew."""
        self._database.see_same()
        if self._database.reopened == self._reopened:
            return True
        self._reopened = self._database.reopened
        self._offsets.clear()
        return False

    def _set_aside(self, path: Path, part: SegmentPart) -> Shipped:
        """Keep the lines that are no records: those torn by a crash, and whole ones that cannot be read."""
        whole = [line for line in part.torn if sound(line)]
        torn = [line for line in part.torn if not sound(line)]
        if torn:
            self._inserter.set_aside(torn)
            _log.warning("%s: %d unfinished lines kept in %s", path.name, len(torn), REJECTED)
        if whole:
            self._inserter.set_aside(whole, reason=f"a line of {path.name} that cannot be read")
            _log.error("%s: %d lines that cannot be read kept in %s", path.name, len(whole), REJECTED)
        return Shipped(torn=len(torn), rejected=len(whole))

    def _clear_unborn(self) -> None:
        """Segments whose maker died before they could be written to hold nothing."""
        for path in self._folder.glob(f"*{UNBORN}"):
            try:
                with Claim(path) as free:
                    if free and path.stat().st_mtime < clock.now().timestamp() - 60:
                        path.unlink(missing_ok=True)
            except OSError:  # gone already, or none of ours
                continue
