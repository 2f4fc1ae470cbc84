"""Encryption at rest as a classifier asks for it: `ratchet.store.seals.Seals` with keys."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
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

    def cells(self, owner: str, cells: Mapping[str, bytes]) -> dict[str, Any]:
        assert self._key is not None
        cipher, id = Cells(self._key, owner), self._key.id
        return {name: {SEALED: f"{id}:{cipher.seal(name, cell)}"} for name, cell in cells.items()}

    def opened(self, owner: str, row: Mapping[str, Any]) -> dict[str, Any]:
        row, ciphers = dict(row), dict[str, Cells]()
        for name, cell in row.items():
            if isinstance(cell, Mapping) and isinstance(token := cell.get(SEALED), str):
                id, _, content = token.partition(":")
                if id not in ciphers:
                    ciphers[id] = Cells(self.keys.get(id, f"a cell of the column {name}"), owner)
                row[name] = msgspec.json.decode(ciphers[id].open(name, content))
        return row

    def content(self, owner: str, content: bytes) -> bytes:
        return content if self._key is None else sealed(content, self._key, owner)

    def name(self, content: bytes) -> str:
        if self._key is None:
            return PLAIN.name(content)
        return hmac.digest(self._key.derived("names"), content, "sha256").hex()

    def quoted(self, text: str) -> str:
        if self._key is None:
            return text
        return f"{SEALED}:{self._key.id}:{Cells(self._key, _QUOTED).seal(_QUOTED, text.encode('utf-8', 'replace'))}"

    def unquoted(self, text: str) -> str:
        """What `quoted` has sealed; any other text as it is."""
        begin, _, rest = text.partition(":")
        id, _, content = rest.partition(":")
        if begin != SEALED:
            return text
        try:
            return Cells(self.keys.get(id, _QUOTED), _QUOTED).open(_QUOTED, content).decode()
        except WorkspaceError:
            return text  # a table may hold a text that begins so
