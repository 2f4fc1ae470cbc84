"""Whether an SQLite database is still the file that its connections have open.

A file that is deleted or replaced under a process goes on without a name for whoever has it open: what is written there
is gone with the last who closes it.  So the file is told by its device and inode, before and after each transaction.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

from ratchet import clock
from ratchet.errors import UnavailableError

_log = logging.getLogger("ratchet.store")

Identity = tuple[int, int]
"""Device and inode."""


class SameFile:
    """The file of a database, and the write-ahead log that belongs to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._identity = _identity(path)
        self._wal: Identity | None = None

    def same(self) -> bool:
        """Whether the path leads to the file that connections have open.

        Raises `UnavailableError` where it leads nowhere.
        """
        found = _identity(self.path)
        if found is None:
            raise gone(self.path)
        self.note_log()
        return found == self._identity

    def note_log(self) -> None:
        """Remember which write-ahead log belongs to the file that connections have open: SQLite makes it when the file
        is first used, and deletes it with the last connection.
        """
        wal = _identity(_beside(self.path, "-wal"))
        if _identity(self.path) == self._identity:
            self._wal = wal

    def require(self) -> None:
        """Raise `UnavailableError` unless it is the same file."""
        if not self.same():
            raise UnavailableError(
                f"the database file {self.path} was replaced a moment ago",
                todo="do it again: the new file is opened then, and what was being written may not be in it",
            )

    def whole(self) -> bool:
        """Whether the file at the path is as long as its header says: one that is still being copied is not.

        The header (SQLite's file format, section 1.3) holds the size of a page in its bytes 16 and 17, where 1 stands
        for 65536, and the number of pages in its bytes 28 to 31.
        """
        with self.path.open("rb") as file:
            header = file.read(32)
        page = int.from_bytes(header[16:18], "big")
        return self.path.stat().st_size >= (65_536 if page == 1 else page) * int.from_bytes(header[28:32], "big")

    def follow(self) -> None:
        """From now on, the file is the one that the path leads to; nobody has a connection to it yet."""
        self._identity = _identity(self.path)
        self._wal = None

    def leave_old_log(self) -> None:
        """Move the write-ahead log of the file before out of the way.

        SQLite finds a log by its name alone: it would write the pages of the old file into the new one.  A log that
        came with the new file is another one, and stays.
        """
        wal = _beside(self.path, "-wal")
        if self._wal is None or _identity(wal) != self._wal:
            return
        kept = _beside(self.path, f"-wal.before-{clock.new_id()}")
        with suppress(FileNotFoundError):  # another process has moved it
            wal.rename(kept)
            _log.warning("%s belongs to the database file that was replaced, and is kept as %s", wal.name, kept.name)
        _beside(self.path, "-shm").unlink(missing_ok=True)


def gone(path: Path) -> UnavailableError:
    """What to say where the file of a database is not there any more."""
    return UnavailableError(
        f"the database file {path} is gone",
        todo="put it back (the file itself, or a copy of it): it is opened as soon as it is there, and answers wait in "
        "the spool until then",
    )


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _identity(path: Path) -> Identity | None:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino
