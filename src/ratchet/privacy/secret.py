"""The secret of a workspace, from which the key for each purpose is derived."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Literal

from ratchet import atomic
from ratchet.errors import WorkspaceError, is_full_disk, of_path
from ratchet.settings import FEWEST_SECRET, Settings
from ratchet.store.workspace import Layout, prepare

Purpose = Literal["pseudonym", "hash", "session", "audit"]
"""What a key is for: keys for different purposes tell nothing of each other, nor of the secret."""
BYTES = 32
"""How much chance is in a secret that is made here."""
_ELSEWHERE = "set RATCHET_SECRET to what is in it on the machine that made it, or put the file back from a backup"


def derived(settings: Settings, purpose: Purpose) -> bytes:
    """The key (32 bytes) for a purpose, the same on every machine that has the same secret.

    The secret is the setting ``secret``, else the file ``secret`` of the workspace, which is made when it is first
    asked for.  Raises `WorkspaceError` where that file is damaged, or can neither be read nor made.
    """
    given = settings.secret
    material = _kept(settings.workspace.absolute()) if given is None else given.get_secret_value().strip().encode()
    return hmac.digest(material, f"ratchet\x1f{purpose}".encode(), hashlib.sha256)


@lru_cache(maxsize=256)
def _kept(folder: Path) -> bytes:
    """The secret in the file of a workspace; made where there is none, once though several begin at the same time."""
    path = Layout(folder=folder).secret
    try:
        found = _read(path)
        if found is None:
            prepare(folder)
            _make(path)
            found = _read(path)
    except OSError as error:
        if is_full_disk(error):
            raise of_path(error, path) from None
        raise WorkspaceError(f"the secret {path} cannot be used: {error.strerror}", todo=_ELSEWHERE) from None
    if found is None or len(found) < FEWEST_SECRET:
        raise WorkspaceError(f"the secret {path} is damaged: it is too short", todo=_ELSEWHERE)
    return found


def _read(path: Path) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read().strip()


def _make(path: Path) -> None:
    """Write a new secret whole and give it its name, unless another process was faster."""
    with atomic.beside(path) as part:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(BYTES).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(part, path)
        except FileExistsError:
            return
    atomic.sync_folder(path.parent)
