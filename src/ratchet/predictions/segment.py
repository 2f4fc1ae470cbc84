"""A segment: one append-only file of the spool, with one writer, whose end is found again after any crash.

The writer holds a lock (``flock``) on the file for as long as it lives and may still append.  The file's space is
claimed when it is made, so that a disk that fills up later does not stop it; the part not yet written is zeros.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from ratchet import atomic, clock, platforms
from ratchet.predictions.record import ERASED, Record, erased, read

SUFFIX = ".seg"
PART_BYTES = 1 << 18
"""How much of a segment is read at once."""
UNBORN = ".new"
"""What a segment is called until it is locked and its space is claimed."""


def opened(path: Path, *, write: bool = False) -> FileIO:
    """A segment that is there, to be read, or changed in place too.

    Raises `OSError` also where it is a symbolic link, since Ratchet makes none: what it leads to is nobody's log.
    """

    def open_itself(name: str, flags: int) -> int:
        return os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK)  # a pipe in its place holds up nobody

    try:
        return FileIO(str(path), "r+b" if write else "rb", opener=open_itself)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "it is a symbolic link") from None
        raise


class SegmentWriter:
    """The writing end.  `write` either keeps all of the bytes or changes nothing that a reader takes for a record."""

    def __init__(self, path: Path, descriptor: int, size: int) -> None:
        self.path = path
        self.size = size
        self.used = 0
        self._failed = False
        self._descriptor = descriptor

    @classmethod
    def create(cls, folder: Path, size: int, *, fsync: bool = False) -> SegmentWriter:
        """A locked segment of ``size`` bytes, whose name survives a power cut (with ``fsync``).

        Raises `OSError` where the disk has no room for it.
        """
        atomic.make_private(folder)
        path = folder / f"{clock.new_id()}{SUFFIX}"
        unborn = path.with_suffix(UNBORN)
        descriptor = os.open(unborn, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            platforms.lock(descriptor)
            platforms.claim(descriptor, size)
            unborn.rename(path)
            if fsync:
                atomic.sync_folder(folder)
        except BaseException:
            unborn.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            os.close(descriptor)
            raise
        return cls(path, descriptor, size)

    def fits(self, length: int) -> bool:
        """Whether so many bytes more find room here; never after a write that failed."""
        return not self._failed and self.used + length <= self.size

    def write(self, data: bytes, *, fsync: bool) -> None:
        """Append; on return the bytes survive the death of this process (with ``fsync``, of the machine).

        Raises `OSError`; then nothing counts as appended, and nothing more is written here: a reader may have seen
        what did reach the disk, and must not find other bytes in its place later.
        """
        at, rest = self.used, memoryview(data)
        try:
            while rest:
                written = os.pwrite(self._descriptor, rest, at)
                at, rest = at + written, rest[written:]
            if fsync and data:
                platforms.sync(self._descriptor)
        except OSError:
            self._failed = True
            raise
        self.used = at

    @property
    def nameless(self) -> bool:
        """Whether the file was deleted, so that what is in it goes with this process; quickly told."""
        return os.fstat(self._descriptor).st_nlink == 0

    def is_there(self) -> bool:
        """Whether its path leads to the file that is written to, as against none, or another one.

        Raises `OSError` where that cannot be told.
        """
        try:
            return os.path.samestat(self.path.lstat(), os.fstat(self._descriptor))
        except (FileNotFoundError, NotADirectoryError):
            return False

    def copy_to(self, other: SegmentWriter, *, fsync: bool) -> None:
        """Append all that was written here to another segment, also where this one has no name any more.

        Raises `OSError`, as `write` does.
        """
        other.write(os.pread(self._descriptor, self.used, 0), fsync=fsync)

    def discard(self) -> None:
        """Delete the file: nobody needs what is in it."""
        self.used = 0
        self.close()

    def close(self) -> None:
        """Give back the space that was not used, and the lock; an empty segment goes."""
        with suppress(OSError):
            if self.used > 0:
                os.ftruncate(self._descriptor, self.used)
            elif self.is_there():
                self.path.unlink()
        os.close(self._descriptor)


@dataclass(frozen=True, kw_only=True, slots=True)
class SegmentPart:
    """What was read of a segment: records, the lines that are none, where reading goes on, and whether it has to."""

    records: list[Record]
    torn: tuple[bytes, ...] = ()
    end: int
    more: bool


def read_part(path: Path, offset: int = 0, *, alive: bool, most: int = PART_BYTES) -> SegmentPart:
    """The records from ``offset`` on: those of about ``most`` bytes, at least one if there is one.

    A line that is damaged or was never finished is set aside.  While the writer is ``alive``, the last lines are left
    for later if they are not whole, since they may be on their way to the disk.
    """
    with opened(path) as file:
        data = os.pread(file.fileno(), most, offset)
        more = len(data) == most
        if not data.strip(b"\0"):
            return SegmentPart(records=[], end=offset if alive else offset + len(data), more=more and not alive)
        if more:
            data = data[: data.rfind(b"\n") + 1]
        if not data:
            return read_part(path, offset, alive=alive, most=most * 2)  # a line longer than that
        if not alive:
            records, torn, _ = _parse(data.rstrip(b"\0"))
            return SegmentPart(records=records, torn=torn, end=offset + len(data), more=more)
        # A whole line says that all before it is written; but a place may have been read just before it was written.
        # So a second look is taken at what then must be there.
        records, torn, sure = _parse(data)
        if torn:
            records, torn, _ = _parse(os.pread(file.fileno(), sure, offset))
        return SegmentPart(records=records, torn=torn, end=offset + sure, more=more)


def _parse(data: bytes) -> tuple[list[Record], tuple[bytes, ...], int]:
    """Records, lines that are none, and where the last record's line ends."""
    records: list[Record] = []
    torn: list[bytes] = []
    at, sure = 0, 0
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        record = read(data[at:end])
        if record is not None:
            records.append(record)
            sure = end + 1
        elif not erased(data[at:end]):
            torn.append(data[at:end])
        elif end < len(data):
            sure = end + 1
        at = end + 1
    return records, tuple(torn), sure


def erase(path: Path, belongs: Callable[[bytes], bool], *, really: bool = True) -> int:
    """Overwrite the lines of a file that ``belongs`` says must go; returns how many (``really=False`` only counts).

    The writer may be appending meanwhile: it never looks back, and the line it is at is left alone.  A line is first
    marked by its first byte, then overwritten; where a killed call left it at the mark, the next one goes on.
    """
    found = 0
    with suppress(FileNotFoundError), Claim(path) as free, opened(path, write=True) as file:
        for at, line in _lines(file.fileno(), unfinished=free):
            if not line.strip(ERASED):
                continue
            begun = line[:1] == ERASED
            mine = not begun and belongs(line)
            found += mine
            if really and (mine or begun):
                os.pwrite(file.fileno(), ERASED, at)
                os.pwrite(file.fileno(), ERASED * len(line), at)
        os.fsync(file.fileno())
    return found


def _lines(descriptor: int, *, unfinished: bool) -> Iterator[tuple[int, bytes]]:
    """Where each line begins, and what it holds; one without a newline, at the end, only if ``unfinished``."""
    at, rest = 0, b""
    while data := os.pread(descriptor, PART_BYTES, at + len(rest)):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            yield at, line
            at += len(line) + 1
    if unfinished and (last := rest.rstrip(b"\0")):
        yield at, last


class Claim:
    """The lock of a segment whose writer is done or dead: who holds it may delete the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: FileIO | None = None

    def __enter__(self) -> bool:
        """Whether the lock was free, which means that nobody writes there any more."""
        try:
            self._file = opened(self._path, write=True)
            platforms.lock(self._file.fileno())
        except BlockingIOError:
            return False
        return True

    def __exit__(self, *exc: object) -> None:
        if self._file is not None:
            self._file.close()


def room(folder: Path) -> tuple[int, int]:
    """What the segments in a folder take, and what is free on its disk, in bytes; 0 of a folder that is not there."""
    size = 0
    for path in folder.glob(f"*{SUFFIX}"):
        with suppress(OSError):  # shipped and deleted meanwhile
            size += path.stat().st_size
    with suppress(OSError):
        return size, shutil.disk_usage(folder).free
    return size, 0
