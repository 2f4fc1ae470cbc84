"""The newest entry of the audit that this machine has seen, kept outside of the database.

The chain alone shows a changed entry, but neither that the newest ones were cut off nor that all were written anew: for
that somebody must know how it ended, and that must not lie where the entries do.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from ratchet import platforms
from ratchet.access.chain import newest
from ratchet.errors import RatchetError, RequestError, WorkspaceError
from ratchet.store.database import Database
from ratchet.store.tables import audit

_log = logging.getLogger("ratchet.access")
_MARK = re.compile(r"0*(\d{1,19}):([0-9a-f]{64})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """An entry that was seen: its place and its digest."""

    seq: int
    digest: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.digest}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The mark that a text says; raises `RequestError`."""
        found = _MARK.fullmatch(text.strip())
        if found is None:
            raise RequestError(
                f"{text[:80]!r} is no mark of the audit",
                todo="give one as ratchet audit --verify prints it: 41:9f86d0...",
            )
        return cls(seq=int(found[1]), digest=found[2])


class Head:
    """The file with the mark of the newest entry seen.

    Promises: the mark only moves forward, and only along the chain: entries that do not follow what was seen never
    replace it.  A process that is killed leaves it an entry behind at most, and whoever appends next brings it forward.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, folder: Path, database_url: str | None) -> Self:
        """That of a workspace for the database it uses: each database has a chain of its own."""
        if database_url is None:
            return cls(folder / "audit.head")
        url = sa.make_url(database_url)
        place = hashlib.sha256(f"{url.host}:{url.port}/{url.database}".encode()).hexdigest()[:12]
        return cls(folder / f"audit-{place}.head")

    def seen(self) -> Mark | None:
        """What was seen last; None where nothing was.  Raises `WorkspaceError` for a file that says something else."""
        try:
            text = self.path.read_text("ascii")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise _unreadable(self.path) from error
        try:
            return Mark.parse(text) if text else None
        except RequestError:
            raise _unreadable(self.path) from None

    def note(self, database: Database) -> None:
        """Move forward to the newest entry.  Never raises: what was done is done, and the next one notes it too."""
        try:
            seen = self.seen()
            with database.read() as connection:
                last = newest(connection)
                if last is None or (seen is not None and not _holds(connection, seen)):
                    return
            self._forward(Mark(seq=last.seq, digest=last.digest))
        except (OSError, RatchetError) as error:
            _log.warning("the head of the audit in %s stays behind: %s", self.path, error)

    def _forward(self, mark: Mark) -> None:
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            platforms.lock(file, wait=True)
            seen = self.seen()
            if seen is None or seen.seq < mark.seq:
                os.pwrite(file, f"{mark.seq:019d}:{mark.digest}\n".encode(), 0)  # always of the same length
        finally:
            os.close(file)


def _holds(connection: sa.Connection, mark: Mark) -> bool:
    """Whether the entry that was seen is there as it was."""
    return connection.scalar(sa.select(audit.c.digest).where(audit.c.seq == mark.seq)) == mark.digest


def _unreadable(path: Path) -> WorkspaceError:
    return WorkspaceError(
        f"the head of the audit in {path} was changed: it cannot be read",
        todo="find out who did; then move the file away, and the next entry begins it anew",
    )
