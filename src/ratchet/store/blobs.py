"""The seam to big files: a local folder, or any store that fsspec reaches (S3, MinIO ...)."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Protocol

import msgspec

from ratchet import documents
from ratchet.errors import NotFoundError, WorkspaceError
from ratchet.store.folder import Folder
from ratchet.store.remote import Remote
from ratchet.store.seals import PLAIN, Seals
from ratchet.words import redacted

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9 ._=@+-]{0,199}")
_LISTING = ".files"
"""``a/.b.files`` names the files of the folder ``a/b``; keys cannot begin with a dot, so none can name it."""


class Files(Protocol):
    """Where the bytes lie.  Paths are checked keys.

    Promises: `write` replaces the whole file or leaves the old one, even if the process dies; a missing file is
    `NotFoundError`, a store that is away `UnavailableError`, one that cannot be written `WorkspaceError`.
    """

    url: str

    def read(self, path: str) -> bytes: ...

    def write(self, path: str, content: bytes | Path) -> None: ...

    def exists(self, path: str) -> bool: ...

    def find(self, folder: str) -> list[str]: ...

    def delete(self, path: str) -> None: ...

    def tidy(self) -> None: ...

    def local(self, path: str) -> Path: ...

    def local_folder(self, path: str, names: list[str]) -> Path: ...


class _Listing(msgspec.Struct):
    files: dict[str, str]
    """Name within the folder -> blake2b of its bytes."""


class Blobs:
    """Big files by key: parts of letters, digits and ``_ . = @ + -`` parted by ``/``.

    Promises: a key never leads outside the store; what `put` and `put_file` write is there whole or not at all, and
    replaces what was there; a folder counts as there only when all of its files are, and is written once.
    """

    def __init__(self, files: Files, seals: Seals = PLAIN) -> None:
        """``seals`` are those of the files, for what is sealed on its way to them."""
        self._files = files
        self.seals = seals

    @classmethod
    def open(cls, url_or_path: str | Path, *, cache: Path | None = None) -> Blobs:
        """The store in a folder, or at a URL such as ``s3://bucket/prefix``.

        ``cache`` is the folder for copies of remote files; default: one in the user's cache folder.
        Raises `WorkspaceError` where the folder cannot be made, `MissingExtraError` where the library is missing.
        """
        text = str(url_or_path).removeprefix("file://")
        if "://" not in text:
            return cls(Folder(Path(text)))
        return cls(Remote.open(text, cache=cache))

    @property
    def files(self) -> Files:
        """Where the bytes lie."""
        return self._files

    @property
    def url(self) -> str:
        """Where the store is."""
        return self._files.url

    def put(self, key: str, content: bytes) -> None:
        """Write a file."""
        self._files.write(_checked(key), content)

    def put_file(self, key: str, path: Path) -> None:
        """Write a file from one on this machine, without reading it into memory."""
        self._files.write(_checked(key), path)

    def get(self, key: str) -> bytes:
        """The bytes of a file; raises `NotFoundError`."""
        return self._files.read(_checked(key))

    def local(self, key: str) -> Path:
        """A path on this machine to read the file from: itself in a folder store, else a copy, made once.

        The file must not be written through it.
        """
        return self._files.local(_checked(key))

    def exists(self, key: str) -> bool:
        """Whether there is a file, or a whole folder, of that key."""
        return self._files.exists(_checked(key)) or self._files.exists(_listing(key))

    def put_folder(self, key: str, folder: Path) -> None:
        """Write a folder with all it holds.  Writing the same files again, or by several at once, is legal.

        Raises `WorkspaceError` where there already is a folder of other files, or where it holds links or names that
        are no keys.
        """
        sources = _files_in(folder, _checked(key))
        listing = _Listing(files={name: _digest(path) for name, path in sources.items()})
        if self._files.exists(_listing(key)):
            if self._read_listing(key) == listing:
                return
            raise WorkspaceError(
                f"{redacted(self.url)} already has a folder {key} of other files",
                todo="delete it first, or choose another key",
            )
        # Another process may be writing the same files this very moment: only what belongs to neither of us goes.
        for leftover in set(self.list(key)) - {f"{key}/{name}" for name in sources}:
            self._files.delete(leftover)
        for name, path in sources.items():
            self._files.write(f"{key}/{name}", path)
        self._files.write(_listing(key), msgspec.json.encode(listing))

    def local_folder(self, key: str) -> Path:
        """A folder on this machine with the files that were put; raises `NotFoundError`."""
        _checked(key)
        return self._files.local_folder(key, list(self._read_listing(key).files))

    def list(self, prefix: str = "") -> list[str]:
        """The keys of every file in the folder ``prefix`` and below, sorted; all there are for ``""``."""
        found = self._files.find(_checked(prefix) if prefix else "")
        return sorted(key for key in found if not any(part.startswith(".") for part in key.split("/")))

    def delete(self, key: str) -> None:
        """Delete a file or a folder; one that is not there is no mistake."""
        self._files.delete(_checked(key))
        self._files.delete(_listing(key))
        for each in self._files.find(key):
            self._files.delete(each)

    def tidy(self) -> None:
        """Remove the half files that killed writers left on this machine, an hour after they were last written to."""
        self._files.tidy()

    def _read_listing(self, key: str) -> _Listing:
        try:
            return documents.read(self._files.read(_listing(key)), _Listing)
        except NotFoundError:
            raise NotFoundError(f"{redacted(self.url)} has no (whole) folder {key}") from None


def _checked(key: str) -> str:
    if all(_PART.fullmatch(part) for part in key.split("/")):
        return key
    raise WorkspaceError(
        f"{key!r} cannot name a file",
        todo="use letters, digits and _ . = @ + - in parts parted by single slashes; no part may begin with a dot",
    )


def _listing(key: str) -> str:
    parent, _, name = key.rpartition("/")
    return f"{parent}/.{name}{_LISTING}" if parent else f".{name}{_LISTING}"


def _files_in(folder: Path, key: str) -> dict[str, Path]:
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise WorkspaceError(f"{path} is a link or no plain file", todo="put plain files and folders only")
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            _checked(f"{key}/{name}")
            found[name] = path
    if not found:
        raise WorkspaceError(f"there are no files in {folder}", todo="put a folder with files in it")
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()[:32]
