"""Bodies that are kept in files while they are answered: each is gone with its request, or, where the server was
killed, with the next start of one.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ratchet import clock, platforms
from ratchet.classifier import Classifier
from ratchet.errors import UnavailableError


class KeptBody:
    """An empty file for a body, locked while the process lives; ``suffix`` tells its format."""

    def __init__(self, folder: Path, suffix: str) -> None:
        for each in (folder.parent, folder):
            each.mkdir(0o700, parents=True, exist_ok=True)
        name = f"{clock.new_id()}{suffix}"
        hidden, self.path = folder / f".{name}", folder / name
        self.file = hidden.open("xb")
        platforms.lock(self.file.fileno())
        hidden.rename(self.path)  # `sweep` sees it from now on, and it is locked

    def write(self, part: bytes) -> None:
        """Raises `UnavailableError` where the disk takes no more."""
        try:
            self.file.write(part)
            self.file.flush()
        except OSError as error:
            raise UnavailableError(
                f"the disk of the server takes no body: {error.strerror}", todo="ask again when there is room"
            ) from None

    def remove(self) -> None:
        """The request is answered, or has failed."""
        self.path.unlink(missing_ok=True)
        self.file.close()


def folder_of(classifier: Classifier) -> Path:
    """Where the bodies that a classifier is sent are kept: where nobody else may read them."""
    return classifier.bodies


def sweep(folder: Path) -> None:
    """Remove what servers that were killed have left."""
    for path in folder.glob("[!.]*"):
        with suppress(OSError), path.open("rb") as file:  # gone, or locked by one that is alive
            platforms.lock(file.fileno())
            path.unlink()
