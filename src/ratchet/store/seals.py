"""The seam to encryption: how what is kept is hidden before it reaches a disk; by default it is not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

SEALED = "sealed"
"""The key of the object that stands for a sealed cell; no row holds an object, so nothing can be mistaken for one."""


class Seals(Protocol):
    """What hides rows.

    Promises: what is sealed opens only for the owner that it was sealed for; one that was changed, moved, or sealed
    with a key that is not at hand is refused with `WorkspaceError` or `SettingsError`, never given in part.  What was
    never sealed is given as it is.
    """

    columns: frozenset[str]
    """The columns whose cells are sealed in the log."""
    scratch: Path | None
    """Where working files lie that cannot be sealed, in the place of the workspace; None: they may lie there."""

    def cells(self, owner: str, cells: Mapping[str, bytes]) -> dict[str, Any]:
        """Cells (each as JSON) as a row keeps them."""
        ...

    def opened(self, owner: str, row: Mapping[str, Any]) -> dict[str, Any]:
        """A row with its sealed cells opened."""
        ...

    def content(self, owner: str, content: bytes) -> bytes:
        """A file's bytes as they are kept."""
        ...

    def name(self, content: bytes) -> str:
        """A name for some bytes, equal for equal ones, that tells nothing of them to who has no key."""
        ...

    def quoted(self, text: str) -> str:
        """A text that quotes rows, as a file of lines keeps it."""
        ...

    def unquoted(self, text: str) -> str:
        """What `quoted` was given; any other text as it is."""
        ...


class Plain:
    """Hides nothing."""

    columns: frozenset[str] = frozenset()
    scratch: Path | None = None

    def cells(self, owner: str, cells: Mapping[str, bytes]) -> dict[str, Any]:
        raise AssertionError("no column is sealed")

    def opened(self, owner: str, row: Mapping[str, Any]) -> dict[str, Any]:
        return dict(row)

    def content(self, owner: str, content: bytes) -> bytes:
        return content

    def name(self, content: bytes) -> str:
        return hashlib.sha256(content).hexdigest()

    def quoted(self, text: str) -> str:
        return text

    def unquoted(self, text: str) -> str:
        return text


PLAIN = Plain()
