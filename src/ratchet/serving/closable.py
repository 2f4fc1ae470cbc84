"""What is closed once, and says so to who goes on using it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from ratchet.errors import UnavailableError
from ratchet.settings import Settings
from ratchet.store import workspace


class Closable:
    """Something of a caller's that can be closed, also by a ``with`` block."""

    settings: Settings
    _closed = False

    def close(self) -> None:
        """Let go of everything; may be called again."""
        self._closed = True

    def _require_open(self) -> None:
        """Raises `UnavailableError` once this was closed: nobody would bring what it is given to its place."""
        if self._closed:
            raise UnavailableError("this classifier was closed", todo="open it again with ratchet.open")

    def _changing(self, what: str) -> AbstractContextManager[None]:
        """Be the one who changes the workspace; raises `BusyError`, and `UnavailableError` once this was closed."""
        self._require_open()
        return workspace.lock(self.settings.workspace, what)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
