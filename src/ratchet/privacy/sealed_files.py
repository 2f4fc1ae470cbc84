"""Blobs whose bytes are sealed: whatever is put is sealed whole, whatever is read is opened."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from pathlib import Path

from ratchet import atomic
from ratchet.privacy.keyring import Keyring
from ratchet.privacy.scratch import Copies
from ratchet.privacy.sealing import HEAD, is_sealed, key_of, resealed, seal, sealed, unseal, unsealed
from ratchet.store.blobs import Files


class SealedFiles:
    """Files over others (`ratchet.store.blobs.Files`), sealed for the path that they lie at.

    What was written before anything was sealed is read as it is; with ``writes`` off, what is written is not sealed,
    and what was sealed before is read while its key is at hand.  A file that has to be read by path is opened into a
    copy of this process, in memory where there is a place for files there.
    """

    def __init__(self, inner: Files, keys: Keyring, copies: Copies, *, writes: bool) -> None:
        self._inner = inner
        self._keys = keys
        self._copies = copies
        self._key = keys.newest if writes else None
        self._copied_to: dict[str, set[Path]] = {}
        self.url = inner.url

    def read(self, path: str) -> bytes:
        content = self._inner.read(path)
        return unsealed(content, self._keys, path) if is_sealed(content) else content

    def write(self, path: str, content: bytes | Path) -> None:
        if self._key is None:
            self._inner.write(path, content)
        elif isinstance(content, bytes):
            self._inner.write(path, sealed(content, self._key, path))
        elif self._is_ours(content, path):
            self._inner.write(path, content)
        else:
            with atomic.beside(self._copies.folder / "sealed") as part:
                with content.open("rb") as source, part.open("xb") as target:
                    seal(source, target, self._key, path)
                self._inner.write(path, part)

    def exists(self, path: str) -> bool:
        return self._inner.exists(path)

    def find(self, folder: str) -> list[str]:
        return self._inner.find(folder)

    def delete(self, path: str) -> None:
        self._inner.delete(path)
        for copy in self._copied_to.pop(path, ()):
            shutil.rmtree(copy, ignore_errors=True)

    def tidy(self) -> None:
        self._inner.tidy()

    def local(self, path: str) -> Path:
        found = self._inner.local(path)
        return self._opened(path, found) if _starts_sealed(found) else found

    def local_folder(self, path: str, names: list[str]) -> Path:
        folder = self._inner.local_folder(path, names)
        if not any(_starts_sealed(folder / name) for name in names):
            return folder
        states = "\x1e".join(f"{name}\x1f{_state(folder / name)}" for name in sorted(names))
        copy = self._copies.folder / _named(path, states)
        self._copied_to.setdefault(path, set()).add(copy)
        for name in names:
            self._copied(f"{path}/{name}", folder / name, copy / name)
        return copy

    def reseal(self, path: str) -> bool:
        """Bring a file to the newest key (to none, where nothing is sealed any more); whether it was not.

        Of one that is sealed only the head is sealed anew.
        """
        file = self._inner.local(path)
        with file.open("rb") as source, atomic.beside(self._copies.folder / "resealed") as part:
            head = source.read(HEAD)
            if not is_sealed(head):
                if self._key is not None:
                    self.write(path, file)
                return self._key is not None
            if self._key is not None and key_of(head) == self._key.id:
                return False
            with part.open("xb") as target:
                if self._key is None:
                    source.seek(0)
                    target.writelines(unseal(source, self._keys, path))
                else:
                    target.write(resealed(head, self._keys, path))
                    shutil.copyfileobj(source, target, 1 << 20)
            self._inner.write(path, part)
        return True

    def _opened(self, path: str, file: Path) -> Path:
        copy = self._copies.folder / _named(path, _state(file)) / path.rpartition("/")[2]
        self._copied_to.setdefault(path, set()).add(copy.parent)
        self._copied(path, file, copy)
        return copy

    def _copied(self, path: str, file: Path, copy: Path) -> None:
        if copy.is_file():
            return
        copy.parent.mkdir(0o700, parents=True, exist_ok=True)
        with atomic.beside(copy) as part:
            with file.open("rb") as source, part.open("xb") as target:
                if is_sealed(source.peek(HEAD)):
                    target.writelines(unseal(source, self._keys, path))
                else:
                    while chunk := source.read(1 << 20):
                        target.write(chunk)
            part.replace(copy)

    def _is_ours(self, file: Path, path: str) -> bool:
        """Whether a file is sealed for this path already, which nobody without a key can have done."""
        with file.open("rb") as source:
            if not is_sealed(source.peek(HEAD)):
                return False
            with suppress(Exception):
                return next(unseal(source, self._keys, path)) is not None
        return False


def _starts_sealed(file: Path) -> bool:
    with file.open("rb") as source:
        return is_sealed(source.read(HEAD))


def _state(file: Path) -> str:
    found = file.stat()
    return f"{found.st_ino}.{found.st_size}.{found.st_mtime_ns}"


def _named(path: str, state: str) -> str:
    return hashlib.blake2b(f"{path}\x1f{state}".encode(), digest_size=16).hexdigest()
