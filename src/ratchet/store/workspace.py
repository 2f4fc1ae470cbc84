"""The workspace: what lies where in ``.ratchet/``, and the lock that lets one process at a time change it."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from ratchet import clock, documents, platforms
from ratchet.errors import BusyError, RatchetError, WorkspaceError, is_full_disk, of_path
from ratchet.words import redacted

platforms.require()


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """What lies where in a workspace.

    >>> Layout(folder=Path("/data/.ratchet")).database.as_posix()
    '/data/.ratchet/ratchet.db'
    """

    folder: Path

    @property
    def database(self) -> Path:
        """The database where no other is set."""
        return self.folder.absolute() / "ratchet.db"

    @property
    def blobs(self) -> Path:
        """The blobs where no other store is set."""
        return self.folder / "blobs"

    @property
    def spool(self) -> Path:
        """Answers on their way to the database."""
        return self.folder / "spool"

    @property
    def cache(self) -> Path:
        """What can be made again: encoded rows, copies of remote blobs."""
        return self.folder / "cache"

    @property
    def quarantine(self) -> Path:
        """Rows that were set aside."""
        return self.folder / "quarantine"

    @property
    def secret(self) -> Path:
        """What keys are derived from, where none is set."""
        return self.folder / "secret"

    @property
    def lock_file(self) -> Path:
        """Held by whoever changes the workspace; tells who that is."""
        return self.folder / "lock"


class Holder(msgspec.Struct, frozen=True):
    """Who holds a workspace."""

    pid: int
    what: str
    command: str
    since: datetime

    def __str__(self) -> str:
        since = self.since.strftime("%Y-%m-%d %H:%M:%S UTC")
        return f"process {self.pid} (`{self.command}`) has been at it since {since}: {self.what}"


def prepare(folder: Path) -> Layout:
    """Make a workspace if it is not there, see that it can be written, and that others cannot enter it.

    Raises `WorkspaceError`, or `FullDiskError`; nothing but the folder itself is made.
    """
    _refuse_bytes(folder.absolute())
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        _close_to_others(folder)
    except (FileExistsError, NotADirectoryError):
        raise WorkspaceError(
            f"the workspace {folder} cannot be made: a file is in its place", todo="move that file away"
        ) from None
    except OSError as error:
        raise _unwritable(folder, error) from None
    return Layout(folder=folder)


def _close_to_others(folder: Path) -> None:
    """Nobody but its owner enters a workspace, and so reads its files; one that is another user's stays as it is."""
    found = folder.stat()
    if found.st_mode & 0o077 and found.st_uid == os.geteuid():
        folder.chmod(found.st_mode & 0o700)


def _refuse_bytes(folder: Path) -> None:
    try:
        str(folder).encode()
    except UnicodeEncodeError:
        shown = str(folder).encode("utf-8", "backslashreplace").decode()
        raise WorkspaceError(
            f"the name of the workspace {shown} holds bytes that are not UTF-8, which no database file may have",
            todo="rename that folder",
        ) from None


@contextmanager
def lock(folder: Path, what: str) -> Iterator[None]:
    """Be the one writer of a workspace for a while; ``what`` is told to those who have to wait ("training").

    Promises: freed when the block or the process ends, however it ends; not inherited by children.  Raises
    `BusyError` at once, naming the holder, where another process (or another block of this one) has it.
    """
    layout = prepare(folder)
    try:
        file = os.open(layout.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unwritable(folder, error) from None
    try:
        _take(file, folder)
        holder = Holder(pid=os.getpid(), what=what, command=_command(), since=clock.now())
        os.truncate(file, 0)
        os.pwrite(file, msgspec.json.encode(holder), 0)
        try:
            yield
        finally:
            os.truncate(file, 0)
    finally:
        os.close(file)


def holder(folder: Path) -> Holder | None:
    """Who wrote its name into the lock last and has not left it in good order; None where nobody did."""
    try:
        return documents.read(Layout(folder=folder).lock_file.read_bytes(), Holder)
    except (OSError, msgspec.DecodeError):
        return None


def _take(file: int, folder: Path) -> None:
    try:
        platforms.lock(file)
    except BlockingIOError:
        held = holder(folder)
        raise BusyError(
            f"the workspace {folder} is busy: {held or 'another process has just begun'}",
            todo="wait until it is done" + (f", or stop it: kill {held.pid}" if held else ", then try again"),
        ) from None
    except OSError as error:
        raise WorkspaceError(
            f"the workspace {folder} lies where files cannot be locked: {error.strerror}",
            todo="move it to a disk of this machine",
        ) from None


def _command() -> str:
    words = [Path(sys.argv[0]).name or "python", *map(redacted, sys.argv[1:])]
    return shlex.join(words)[:200].encode("utf-8", "backslashreplace").decode()


def _unwritable(folder: Path, error: OSError) -> RatchetError:
    if is_full_disk(error):
        return of_path(error, folder)
    return WorkspaceError(
        f"the workspace {folder} cannot be written: {error.strerror}",
        todo="see that you may write there and the disk has room, or set RATCHET_ROOT to another folder",
    )
