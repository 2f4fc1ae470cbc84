"""Blobs in a store that fsspec reaches, such as S3, with copies of what was read on this machine."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ratchet import atomic
from ratchet.errors import MissingExtraError, NotFoundError, RatchetError, UnavailableError, WorkspaceError
from ratchet.words import redacted


class Remote:
    """Files of an object store, where a write is whole or not at all by the store's own promise."""

    def __init__(self, url: str, filesystem: Any, root: str, cache: Path) -> None:
        self.url = url
        self._filesystem = filesystem
        self._root = root.rstrip("/")
        self._cache = cache / hashlib.blake2b(url.encode(), digest_size=8).hexdigest()

    @classmethod
    def open(cls, url: str, *, cache: Path | None) -> Remote:
        """The store at a URL; no request is made yet."""
        import fsspec.core  # takes 0.1 s, and a folder needs none of it

        try:
            filesystem, root = fsspec.core.url_to_fs(url, use_listings_cache=False)
        except ImportError as error:
            if url.startswith("s3:"):
                raise MissingExtraError(f"the store {redacted(url)}", "s3") from None
            raise WorkspaceError(f"the store {redacted(url)} needs a library: {error}", todo="install it") from None
        except ValueError as error:
            raise WorkspaceError(
                redacted(f"there is no support for {url}: {error}"), todo="use s3:// or a folder"
            ) from None
        except OSError as error:
            raise _away(url, error) from None
        default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ratchet" / "blobs"
        return cls(url, filesystem, str(root), cache or default)

    def read(self, path: str) -> bytes:
        with self._errors_in_words(path):
            return bytes(self._filesystem.cat_file(self._at(path)))

    def write(self, path: str, content: bytes | Path) -> None:
        try:
            with self._errors_in_words(path):
                if isinstance(content, Path):
                    self._filesystem.put_file(str(content), self._at(path))
                else:
                    self._filesystem.pipe_file(self._at(path), content)
        except NotFoundError:  # no file is missing: the place to write it to is
            raise WorkspaceError(
                f"the store {redacted(self.url)} is not there: {path} cannot be written",
                todo="make that bucket, or correct RATCHET_BLOBS_URL",
            ) from None

    def exists(self, path: str) -> bool:
        with self._errors_in_words(path):
            return bool(self._filesystem.isfile(self._at(path)))

    def find(self, folder: str) -> list[str]:
        with self._errors_in_words(folder):
            found = self._filesystem.find(self._at(folder)) if folder else self._filesystem.find(self._root)
        inside = [str(each)[len(self._root) :].lstrip("/") for each in found]
        return [each for each in inside if not folder or each.startswith(f"{folder}/")]

    def delete(self, path: str) -> None:
        if self.exists(path):
            with self._errors_in_words(path):
                self._filesystem.rm_file(self._at(path))

    def tidy(self) -> None:
        atomic.sweep(self._cache)

    def local(self, path: str) -> Path:
        if not self.exists(path):
            raise NotFoundError(f"there is no file {path} in {redacted(self.url)}")
        with self._errors_in_words(path):
            state = str(self._filesystem.ukey(self._at(path)))
        name = hashlib.blake2b(f"{path}\x1f{state}".encode(), digest_size=16).hexdigest()
        return self._fetched(path, self._cache / name / path.rpartition("/")[2])

    def local_folder(self, path: str, names: list[str]) -> Path:
        # The folder is written once, but may be deleted and written anew: its listing's state names the copy.
        parent, _, name = path.rpartition("/")
        listing = self.local(f"{parent}/.{name}.files" if parent else f".{name}.files")
        folder = listing.parent / "files"
        for each in names:
            self._fetched(f"{path}/{each}", folder / each)
        return folder

    def _fetched(self, path: str, copy: Path) -> Path:
        if not copy.is_file():
            atomic.make_private(copy.parent)
            with atomic.beside(copy) as part, self._errors_in_words(path):
                self._filesystem.get_file(self._at(path), str(part))
                part.replace(copy)
        return copy

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"

    @contextmanager
    def _errors_in_words(self, path: str) -> Iterator[None]:
        try:
            yield
        except RatchetError:
            raise
        except FileNotFoundError:
            raise NotFoundError(f"there is no file {path} in {redacted(self.url)}") from None
        except PermissionError as error:
            raise WorkspaceError(
                redacted(f"{self.url} refuses {path}: {error}"), todo="see that the keys may do this"
            ) from None
        except Exception as error:  # each store's library has errors of its own
            raise _away(self.url, error) from error


def _away(url: str, error: Exception) -> UnavailableError:
    return UnavailableError(
        redacted(f"the store {url} does not answer: {error}"), todo="see that it is reachable, then try again"
    )
