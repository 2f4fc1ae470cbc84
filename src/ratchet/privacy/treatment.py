"""Treatments: what is kept of a row's cells, by ``[privacy.columns]``.  The model sees the whole row."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from ratchet.privacy.redaction import redacted
from ratchet.privacy.secret import derived
from ratchet.settings import Settings
from ratchet.spec.privacy import Privacy

Row = Mapping[str, Any]

NOT_KEPT = "what is not kept"
"""Stands where a message would quote a cell that is dropped."""
_HASHED = re.compile(r"h_[0-9a-f]{32}")
_AWAY = frozenset({"hash", "drop"})


class Treatments:
    """What is kept of cells; the key of hashes is asked for when needed."""

    def __init__(self, privacy: Privacy, key: Callable[[], bytes]) -> None:
        self._columns = {name: how for name, how in privacy.columns.items() if how != "keep"}
        self._asked = key
        found = {*self._columns.values(), *(["drop"] if privacy.subject is not None else [])}
        self._of_whole_rows = "drop" if found & _AWAY else "redact" if found else None

    @classmethod
    def of_workspace(cls, privacy: Privacy, settings: Settings) -> Treatments:
        """Those that a spec asks for, with the key of a workspace's secret."""
        return cls(privacy, lambda: derived(settings, "hash"))

    def row(self, row: Row) -> Row:
        """What is kept of a row."""
        if not self._columns:
            return row
        return {
            name: value if name not in self._columns else self._cell(name, value)
            for name, value in row.items()
            if self._columns.get(name) != "drop"
        }

    def quoted(self, column: str | None, text: str) -> str:
        """What is kept of a text that quotes a cell of a column, or of a whole row (None)."""
        how = self._columns.get(column) if column is not None else self._of_whole_rows
        if how == "redact":
            return redacted(text)
        return text if how is None else self._hash(column, text) if how == "hash" and column else NOT_KEPT

    def _cell(self, column: str, value: Any) -> Any:
        if value is None:
            return None
        if self._columns[column] == "hash":
            return self._hash(column, value)
        if isinstance(value, bytes | bytearray):
            return None  # nothing can be taken out of what is no text
        left = redacted(str(value))
        return value if left == str(value) else left

    def _hash(self, column: str | None, value: Any) -> str:
        content = bytes(value) if isinstance(value, bytes | bytearray) else str(value).encode("utf-8", "surrogatepass")
        digest = hmac.digest(self._key, f"{column}\x1f".encode() + content, hashlib.sha256)
        return f"h_{digest.hex()[:32]}"

    @cached_property
    def _key(self) -> bytes:
        return self._asked()


def is_hashed(value: Any) -> bool:
    """Whether a cell that was kept is a hash: nothing can be learned from it."""
    return isinstance(value, str) and _HASHED.fullmatch(value) is not None


def unlearnable(privacy: Privacy) -> dict[str, str]:
    """The columns of which nothing is kept that could be learned from, with what is done to them."""
    return {name: how for name, how in privacy.columns.items() if how in _AWAY}
