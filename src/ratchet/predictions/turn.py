"""Whose turn it is to ship a spool, of the processes that write to it: several would bring the same records twice.

It is only thrift: a record is in the table once, however many ship it.  So no lock is taken, and two that take the turn
in the same moment both ship for a second.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from ratchet import clock, platforms

FILE = "shipper"
STALE_SECONDS = 5.0
"""After so long without a word from the one whose turn it is, somebody else takes it."""


class Turn:
    """The turn of one process; it keeps the turn that it has until it is silent, closes, or dies."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._name = f"{os.getpid()} {clock.new_id()}"
        self._said: str | None = None
        self.problem: str | None = None
        """What the one whose turn it is said last of why nothing is shipped."""

    def mine(self) -> bool:
        """Whether this process is to ship; where nobody can tell, it is."""
        self.problem = None
        try:
            age = clock.epoch() - self._path.stat().st_mtime
            name, _, problem = self._path.read_text("utf-8").partition("\n")
            if name == self._name or not 0 <= age < STALE_SECONDS or platforms.began(int(name.split()[0])) is None:
                return True
        except (OSError, ValueError, IndexError):  # not there, or half written
            return True
        self._said, self.problem = None, problem or None
        return False

    def say(self, problem: str | None) -> None:
        """Keep the turn, and tell the others why nothing is shipped; None where all is well."""
        text = f"{self._name}\n{problem or ''}"
        with suppress(OSError):  # the disk is full, or the folder gone: then the others ship too
            if text == self._said:
                os.utime(self._path)
            else:
                self._path.write_text(text, "utf-8")
                self._said = text

    def close(self) -> None:
        """Let somebody else have it at once."""
        with suppress(OSError):
            if self._path.read_text("utf-8").partition("\n")[0] == self._name:
                self._path.unlink()
