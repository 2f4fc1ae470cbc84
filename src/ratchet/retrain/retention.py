"""Tending what is kept for so many days: the log, and rows that were set aside."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

from ratchet import clock
from ratchet.errors import RatchetError
from ratchet.predictions.retention import Retention

_log = logging.getLogger("ratchet.privacy")

EVERY = 3_600.0
"""Seconds between two looks; where more was too old than goes in one round, the next follows at once."""


class Kept:
    """Enforces ``privacy.keep_days``; `tend` is called about once a second and mostly does nothing."""

    def __init__(self, log: Retention, quarantine: Path, *, days: int) -> None:
        self._retention = log
        self._quarantine = quarantine
        self._seconds = days * 86_400
        self._due = float("-inf")

    def tend(self) -> None:
        """Let go of what is too old; never raises: what cannot be reached now is tried again in an hour."""
        if clock.monotonic() < self._due:
            return
        self._due = clock.monotonic() + EVERY
        try:
            gone, more = self._retention.round()
            self._tend_quarantine()
        except (RatchetError, OSError) as error:
            _log.error("what is older than keep_days could not be removed: %s", error)
            return
        if gone:
            _log.info("%d predictions were older than keep_days and are removed", gone)
        if more:
            self._due = float("-inf")

    def _tend_quarantine(self) -> None:
        oldest = clock.now().timestamp() - self._seconds
        for path in self._quarantine.glob("*.jsonl"):
            with suppress(FileNotFoundError):
                if not path.is_symlink() and path.stat().st_mtime < oldest:
                    path.unlink()
