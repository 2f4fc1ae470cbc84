"""What jobs read and write, by key: files on this machine, and in a store that other machines reach, if there is one.

An entry is a folder of files, made beside its place and moved there whole.  A job carries an `Inputs` and keys, never a
path: on the machine that made an entry it is mapped where it lies, on another it is fetched once and then mapped.
The sha256 of each file lies beside it, as what is mapped tells of no damage itself.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ratchet import atomic
from ratchet.store.blobs import Blobs

_SUMS = "sums.json"


@dataclass(frozen=True, slots=True)
class Inputs:
    """Where entries are found.  Small enough to travel with every job."""

    folder: Path
    """Entries of this machine; made where it is not there."""
    url: str | None = None
    """The store of blobs in which other machines find them; None where all work runs on this machine."""

    def entry(self, key: str) -> Path:
        """The folder of an entry; raises `NotFoundError`."""
        path = self.folder / key
        if self.url is None or path.is_dir():
            return path
        fetched = self._blobs().local_folder(self._key(key))
        with self._made(path) as made:
            shutil.copytree(fetched, made, dirs_exist_ok=True)
        return path

    def has(self, key: str) -> bool:
        """Whether the entry is there, whole."""
        return (self.folder / key).is_dir() or (self.url is not None and self._blobs().exists(self._key(key)))

    def is_whole(self, key: str) -> bool:
        """Whether the entry's files are those that were made, byte by byte; all of them are read."""
        folder = self.entry(key)
        try:
            kept = msgspec.json.decode((folder / _SUMS).read_bytes(), type=dict[str, str])
            return kept == _sums(folder)
        except (OSError, UnicodeDecodeError, msgspec.MsgspecError):
            return False

    @contextmanager
    def make(self, key: str) -> Iterator[Path]:
        """An empty folder to write an entry's files to; it is there for all when the block ends well, else not at all.

        An entry that somebody else has made in the meantime is left as it is.
        """
        with self._made(self.folder / key) as made:
            yield made
            (made / _SUMS).write_bytes(msgspec.json.encode(_sums(made)))
        if self.url is not None:
            self._blobs().put_folder(self._key(key), self.folder / key)

    def scratch(self, key: str) -> Path:
        """A folder of this machine for what only the making of an entry needs; what a killed process leaves in it goes
        with the entries beside that one.
        """
        folder = (self.folder / key).parent
        atomic.make_private(folder)
        return folder

    def remove(self, key: str) -> None:
        """Remove an entry, and all whose keys begin with it."""
        shutil.rmtree(self.folder / key, ignore_errors=True)
        if self.url is not None:
            blobs = self._blobs()
            for each in {found.rpartition("/")[0] for found in blobs.list(self._key(key))}:
                blobs.delete(each)

    @contextmanager
    def _made(self, path: Path) -> Iterator[Path]:
        atomic.make_private(path.parent)
        with atomic.beside(path) as made:
            made.mkdir()
            yield made
            if not path.is_dir():
                made.rename(path)

    def _blobs(self) -> Blobs:
        assert self.url is not None
        return Blobs.open(self.url, cache=self.folder / ".fetched")

    def _key(self, key: str) -> str:
        return f"inputs/{key}"


def _sums(folder: Path) -> dict[str, str]:
    """File, by its path in the folder -> its sha256, for which processors have instructions of their own."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != _SUMS:
            with path.open("rb") as opened:
                found[path.relative_to(folder).as_posix()] = hashlib.file_digest(opened, "sha256").hexdigest()
    return found
