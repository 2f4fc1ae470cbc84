"""How bytes are sealed: AES-256-GCM, bound to what they belong to, files in chunks so that memory stays flat.

A sealed file has a data key of its own, sealed by a master key in its head, so that with another master key only the
head is sealed anew.  Its chunks are numbered, and the last one is marked (the STREAM construction: Hoang, Reyhanitabar,
Rogaway, Vizár, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015), so that none can be
swapped, left out or cut off.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ratchet.errors import WorkspaceError
from ratchet.privacy.keyring import Key, Keyring

MAGIC = b"RSEAL1\x00\n"
_ID, _NONCE, _TAG, _DATA_KEY, _SALT = 4, 12, 16, 32, 16
HEAD = len(MAGIC) + _ID + _NONCE + _DATA_KEY + _TAG
CHUNK = 1 << 20
"""Bytes that are sealed at once."""
MOST_CELLS = 1 << 30
"""Cells that are sealed with one derived key (of 2**32, two nonces meet with a chance of 2**-33)."""


def is_sealed(start: bytes) -> bool:
    """Whether bytes are the beginning of a sealed file."""
    return start.startswith(MAGIC)


def key_of(head: bytes) -> str:
    """The id of the key that a sealed file's head is sealed with."""
    return head[len(MAGIC) : len(MAGIC) + _ID].hex()


def seal(source: BinaryIO, target: BinaryIO, key: Key, owner: str) -> None:
    """Write what is left of a source to a target, sealed for ``owner``."""
    data_key = os.urandom(_DATA_KEY)
    target.write(_head(data_key, key, owner))
    cipher, number = AESGCM(data_key), 0
    chunk = source.read(CHUNK)
    while True:
        following = source.read(CHUNK)
        target.write(cipher.encrypt(_numbered(number, last=not following), chunk, None))
        if not following:
            return
        chunk, number = following, number + 1


def unseal(source: BinaryIO, keys: Keyring, owner: str) -> Iterator[bytes]:
    """What a sealed file holds, chunk by chunk; each was verified before it is given, the last one as the last.

    Raises `SettingsError` where its key is not at hand, `WorkspaceError` where it was changed, cut off, or belongs to
    another owner.
    """
    head = source.read(HEAD)
    cipher, number = AESGCM(_data_key(head, keys, owner)), 0
    chunk = source.read(CHUNK + _TAG)
    while True:
        following = source.read(CHUNK + _TAG)
        try:
            yield cipher.decrypt(_numbered(number, last=not following), chunk, None)
        except (InvalidTag, ValueError):
            raise _changed(owner) from None
        if not following:
            return
        chunk, number = following, number + 1


def sealed(content: bytes, key: Key, owner: str) -> bytes:
    """Bytes, sealed as a file is."""
    target = BytesIO()
    seal(BytesIO(content), target, key, owner)
    return target.getvalue()


def unsealed(content: bytes, keys: Keyring, owner: str) -> bytes:
    """What sealed bytes hold; raises as `unseal` does."""
    return b"".join(unseal(BytesIO(content), keys, owner))


def resealed(head: bytes, keys: Keyring, owner: str) -> bytes:
    """The head of a sealed file, its data key sealed by the newest key."""
    assert keys.newest is not None
    return _head(_data_key(head, keys, owner), keys.newest, owner)


class Cells:
    """Seals cells with one master key; threads may share it.

    Each process, and in it each `MOST_CELLS`, has a key of its own, derived from a salt that lies with the cell: nonces
    drawn by chance meet under no key, however many cells there are.  A cell is bound to its owner and column.
    """

    __slots__ = ("_count", "_key", "_of", "_salt")

    def __init__(self, key: Key) -> None:
        self._key = key
        self._of = lru_cache(maxsize=1_024)(self._cipher_of)
        self._salt, self._count = b"", MOST_CELLS

    def seal(self, owner: str, column: str, cell: bytes) -> str:
        """A cell, in base64."""
        if self._count >= MOST_CELLS:
            self._salt, self._count = os.urandom(_SALT), 0
        self._count += 1
        salt, nonce = self._salt, os.urandom(_NONCE)
        sealed = self._of(salt).encrypt(nonce, cell, _bound(owner, column))
        return base64.b64encode(salt + nonce + sealed).decode()

    def open(self, owner: str, column: str, sealed: str) -> bytes:
        """The cell; raises `WorkspaceError` where it was changed, or sealed for another owner or column."""
        try:
            content = base64.b64decode(sealed, validate=True)
            salt, nonce, rest = content[:_SALT], content[_SALT : _SALT + _NONCE], content[_SALT + _NONCE :]
            return self._of(salt).decrypt(nonce, rest, _bound(owner, column))
        except (InvalidTag, ValueError):
            raise _changed(f"a cell of the column {column}") from None

    def _cipher_of(self, salt: bytes) -> AESGCM:
        return AESGCM(self._key.derived(f"cells\x1f{salt.hex()}"))


def _bound(owner: str, column: str) -> bytes:
    return f"{owner}\x1f{column}".encode("utf-8", "surrogatepass")


def _head(data_key: bytes, key: Key, owner: str) -> bytes:
    nonce = os.urandom(_NONCE)
    start = MAGIC + bytes.fromhex(key.id)
    return start + nonce + AESGCM(key.derived("files")).encrypt(nonce, data_key, start + owner.encode())


def _data_key(head: bytes, keys: Keyring, owner: str) -> bytes:
    if len(head) < HEAD or not is_sealed(head):
        raise _changed(owner)
    start, nonce = head[: len(MAGIC) + _ID], head[len(MAGIC) + _ID :][:_NONCE]
    key = keys.get(key_of(head), owner)
    try:
        sealed_key = head[len(start) + _NONCE : HEAD]
        return AESGCM(key.derived("files")).decrypt(nonce, sealed_key, start + owner.encode())
    except InvalidTag:
        raise _changed(owner) from None


def _numbered(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_NONCE - 1, "big") + bytes([last])


def _changed(what: str) -> WorkspaceError:
    return WorkspaceError(
        f"{what} does not open: it was changed, is damaged, or was sealed for another place",
        todo="restore it from a copy of the workspace",
    )
