"""The cache as one training uses it: what it uses is kept, what is its own goes with it, the rest is kept up to a size.

Entries that another training may use again (encoded rows) are kept up to a number of bytes, the newest first; those a
running training uses are never removed.  A session is known by a folder that its process locks: the system frees the
lock when that process ends, however it does, and the next session clears up after it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ratchet import atomic, platforms
from ratchet.clock import new_id
from ratchet.training.inputs import Inputs

platforms.require()

KEPT_BYTES = 8 << 30
"""What is kept of entries that no running training uses."""
_PREFIX = "training-"
_LOCK, _USES = "lock", "uses"


@dataclass(frozen=True, slots=True)
class Session:
    """The inputs of one training, with what it may use of them.  Made by `opened`."""

    inputs: Inputs
    id: str
    kept_bytes: int
    whole: set[str] = field(default_factory=set)
    """The entries that others may use too and that were found whole: each is read once for it."""

    def own(self, name: str) -> str:
        """A key of this training's own; what lies there goes when the session ends."""
        return f"{self.id}/{name}"

    def pin(self, key: str) -> bool:
        """Keep an entry that others may use too until the session ends; False where it is not there and has to be made.

        One whose files are not as they were made is removed.  Two sessions may make the same entry; the first is kept.
        """
        with _alone(self.inputs.folder):
            with (self.inputs.folder / self.id / _USES).open("a", encoding="utf-8") as uses:
                uses.write(f"{key}\n")
            if (self.inputs.folder / key).is_dir():
                os.utime(self.inputs.folder / key)
        if key in self.whole or not self.inputs.has(key):
            return self.inputs.has(key)
        if not self.inputs.is_whole(key):
            self.inputs.remove(key)
            return False
        self.whole.add(key)
        return True

    def tidy(self) -> None:
        """Remove the oldest entries beyond the bytes that are kept, but for those in use."""
        folder = self.inputs.folder
        with _alone(folder):
            pinned = {key for uses in folder.glob(f"{_PREFIX}*/{_USES}") for key in uses.read_text("utf-8").split()}
            entries = [each for each in folder.iterdir() if _is_shared(each)]
            left = self.kept_bytes
            for entry in sorted(entries, key=lambda each: each.stat().st_mtime, reverse=True):
                left -= _bytes(entry)
                if left < 0 and entry.name not in pinned:
                    self.inputs.remove(entry.name)


@contextmanager
def opened(folder: Path, url: str | None = None, *, kept_bytes: int = KEPT_BYTES) -> Iterator[Session]:
    """A session over the entries of ``folder`` (and, for work on other machines, of the store at ``url``).

    What is the session's own, the files of the pipelines it made too, goes when the block ends.
    """
    folder = folder.absolute()
    atomic.make_private(folder)
    inputs = Inputs(folder, url)
    with _alone(folder):
        _clear_up(inputs)
        session = Session(inputs, f"{_PREFIX}{new_id()}", kept_bytes)
        (folder / session.id).mkdir()
        (folder / session.id / _USES).touch()
        lock = os.open(folder / session.id / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        platforms.lock(lock, wait=True)
    try:
        yield session
    finally:
        inputs.remove(session.id)
        os.close(lock)


def _clear_up(inputs: Inputs) -> None:
    """Remove what sessions have left whose process is gone; where none is left, also what was never finished."""
    sessions = list(inputs.folder.glob(f"{_PREFIX}*"))
    alive = [path for path in sessions if _is_alive(path)]
    for path in sessions:
        if path not in alive:
            inputs.remove(path.name)
    if not alive:
        for path in inputs.folder.glob(".*.part"):
            shutil.rmtree(path, ignore_errors=True)


def _is_alive(session: Path) -> bool:
    """Whether the process of a session holds its lock still."""
    try:
        lock = os.open(session / _LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        platforms.lock(lock)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock for a moment; nothing slow happens under it."""
    lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        platforms.lock(lock, wait=True)
        yield
    finally:
        os.close(lock)


def _is_shared(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith((".", _PREFIX))


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
