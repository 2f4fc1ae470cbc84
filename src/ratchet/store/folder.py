"""Blobs in a folder of this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ratchet import atomic
from ratchet.errors import NotFoundError, WorkspaceError


class Folder:
    """Files in a folder; what is read is the file itself."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.url = str(self.root)
        with _errors_in_words(self.root):
            self.root.mkdir(0o700, parents=True, exist_ok=True)

    def read(self, path: str) -> bytes:
        file = self.local(path)
        with _errors_in_words(file):
            return file.read_bytes()

    def write(self, path: str, content: bytes | Path) -> None:
        with _errors_in_words(self.root / path):
            atomic.write(self.root / path, content)

    def exists(self, path: str) -> bool:
        return (self.root / path).is_file()

    def find(self, folder: str) -> list[str]:
        found = (self.root / folder).rglob("*")
        return [path.relative_to(self.root).as_posix() for path in found if path.is_file()]

    def delete(self, path: str) -> None:
        file = self.root / path
        with _errors_in_words(file):
            if file.is_file():
                file.unlink()
        with suppress(OSError):  # folders go with their last file
            for parent in file.parents:
                if parent == self.root:
                    break
                parent.rmdir()

    def tidy(self) -> None:
        atomic.sweep(self.root)

    def local(self, path: str) -> Path:
        if not self.exists(path):
            raise NotFoundError(f"there is no file {self.root / path}")
        return self.root / path

    def local_folder(self, path: str, names: list[str]) -> Path:
        for name in names:
            self.local(f"{path}/{name}")
        return self.root / path


@contextmanager
def _errors_in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except (FileExistsError, IsADirectoryError, NotADirectoryError):
        raise WorkspaceError(
            f"{path} cannot be made: a file or folder of that name is in the way",
            todo="move it away, or choose another place",
        ) from None
    except OSError as error:
        raise WorkspaceError(
            f"{path} cannot be used: {error.strerror}",
            todo="see that it is there, that it may be read and written, and that the disk has room",
        ) from None
