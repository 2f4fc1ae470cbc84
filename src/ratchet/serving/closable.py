"""What is closed once, and says so to who goes on using it."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from ratchet.errors import UnavailableError


class Closable:
    """Something of a caller's that can be closed, also by a ``with`` block."""

    _closed = False

    def close(self) -> None:
        """Let go of everything; may be called again."""
        self._closed = True

    def _require_open(self) -> None:
        """Raises `UnavailableError` once this was closed: nobody would bring what it is given to its place."""
        if self._closed:
            raise UnavailableError("this classifier was closed", todo="open it again with ratchet.open")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
