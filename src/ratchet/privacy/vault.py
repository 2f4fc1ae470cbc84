"""Encryption at rest as a classifier asks for it: `ratchet.store.seals.Seals` with keys."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from ratchet.errors import SettingsError, WorkspaceError
from ratchet.privacy.keyring import MAKE, Key, Keyring
from ratchet.privacy.sealing import Cells, sealed
from ratchet.store.seals import PLAIN, SEALED

_QUOTED = "a quoted text"


class Vault:
    """Seals with the newest key what the columns of a spec ask for, and opens with every key at hand.

    Without columns nothing more is sealed; what was sealed before opens while its key is there.
    """

    def __init__(self, keys: Keyring, columns: Iterable[str], scratch: Path | None) -> None:
        """Raises `SettingsError` where there are columns to seal and no key."""
        self.keys = keys
        self.columns = frozenset(columns)
        if self.columns and keys.newest is None:
            raise SettingsError(
                f"[privacy] encrypts {', '.join(sorted(self.columns))}, and no key is set",
                todo=f"make one and keep it outside the workspace: export RATCHET_ENCRYPTION_KEY=$({MAKE})",
            )
        self._key: Key | None = keys.newest if self.columns else None
        self.scratch = scratch if self.columns else None
        self._cells = cache(Cells)

    def cells(self, owner: str, cells: Mapping[str, bytes]) -> dict[str, Any]:
        assert self._key is not None
        cipher, id = self._cells(self._key), self._key.id
        return {name: {SEALED: f"{id}:{cipher.seal(owner, name, cell)}"} for name, cell in cells.items()}

    def opened(self, owner: str, row: Mapping[str, Any]) -> dict[str, Any]:
        opened = dict(row)
        for name, cell in row.items():
            if id := _key_of(cell):
                cells = self._cells(self.keys.get(id, f"a cell of the column {name}"))
                opened[name] = msgspec.json.decode(cells.open(owner, name, cell[SEALED].partition(":")[2]))
        return opened

    def resealed(self, owner: str, row: Mapping[str, Any]) -> dict[str, Any] | None:
        """A row of the log as it is kept now; None where it is kept so."""
        opened = self.opened(owner, row)
        if self._key is None:
            return None if opened == row else opened
        stale = {
            name: msgspec.json.encode(opened[name])
            for name, cell in row.items()
            if (id := _key_of(cell)) != self._key.id and (id or (name in self.columns and cell is not None))
        }
        return {**row, **self.cells(owner, stale)} if stale else None

    @property
    def seals_with(self) -> str | None:
        """The id of the key that seals; None where nothing is sealed any more."""
        return None if self._key is None else self._key.id

    def content(self, owner: str, content: bytes) -> bytes:
        return content if self._key is None else sealed(content, self._key, owner)

    def name(self, content: bytes) -> str:
        if self._key is None:
            return PLAIN.name(content)
        return hmac.digest(self._key.derived("names"), content, "sha256").hex()

    def quoted(self, text: str) -> str:
        if self._key is None:
            return text
        sealed = self._cells(self._key).seal(_QUOTED, "found", text.encode("utf-8", "replace"))
        return f"{SEALED}:{self._key.id}:{sealed}"

    def requoted(self, text: str) -> str:
        """A quoted text as it is kept now."""
        id = self._key and self._key.id
        return text if id and text.startswith(f"{SEALED}:{id}:") else self.quoted(self.unquoted(text))

    def unquoted(self, text: str) -> str:
        """What `quoted` has sealed; any other text as it is."""
        begin, _, rest = text.partition(":")
        id, _, content = rest.partition(":")
        if begin != SEALED:
            return text
        try:
            return self._cells(self.keys.get(id, _QUOTED)).open(_QUOTED, "found", content).decode()
        except WorkspaceError:
            return text  # a table may hold a text that begins so


def _key_of(cell: Any) -> str:
    """The id of the key that a cell is sealed with; nothing where it is not sealed."""
    token = cell.get(SEALED) if isinstance(cell, Mapping) else None
    return token.partition(":")[0] if isinstance(token, str) else ""
