"""Rotation: everything that is kept brought to the newest key, or, where that is asked for, opened for good.

Each file, each page of rows and each quarantine file is changed whole or not at all, and one that is as it should be is
left alone: a call that was killed is finished by the next.  The old keys are needed until it has ended.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import sqlalchemy as sa

from ratchet import atomic
from ratchet.errors import RefusedError, WorkspaceError
from ratchet.privacy.sealed_files import SealedFiles
from ratchet.privacy.sealing import HEAD, is_sealed, key_of
from ratchet.privacy.vault import Vault
from ratchet.progress import Progress, Report
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from ratchet.store.tables import predictions
from ratchet.store.workspace import Layout

_PAGE = 500
_BODIES = "bodies"
_TOKEN = re.compile(rb'"sealed":"([0-9a-f]{8}):')


@dataclass(frozen=True, kw_only=True, slots=True)
class Resealed:
    """What was brought to the newest key, and which keys are needed on."""

    key: str | None
    """The id of the key that seals; None where everything was opened."""
    files: int
    """Files of the blobs that were brought to it."""
    rows: int
    """Rows of the log."""
    quarantined: int
    """Files of rows that were set aside."""
    needed: dict[str, str] = field(default_factory=dict)
    """Id of an older key -> a place on this machine that is still sealed with it."""
    spare: tuple[str, ...] = ()
    """Ids of keys at hand that nothing here needs any more."""


def reseal(
    blobs: Blobs,
    database: Database,
    layout: Layout,
    classifier: str,
    owner: Callable[[str, str], str],
    *,
    open: bool,
    progress: Report,
) -> Resealed:
    """Bring to the newest key what a workspace keeps; ``owner`` names whom the cells of a record (by id) belong to.

    With ``open`` it is opened instead, which the spec must ask for by encrypting nothing.  Raises `RefusedError` where
    the two do not fit together, and `SettingsError` where a key that something is sealed with is not at hand.
    """
    files, vault = blobs.files, blobs.seals
    if not isinstance(files, SealedFiles) or not isinstance(vault, Vault):
        raise RefusedError("nothing is encrypted here", todo="open the classifier with its keys")
    _require_meant(vault, open=open)
    changed = 0
    for path in _once(files.find("")):
        changed += files.reseal(path)
        progress(Progress(stage="reseal", done=changed, note=""))
    rows = _reseal_rows(database, vault, classifier, owner)
    aside = sum(_reseal_lines(path, vault) for path in sorted(layout.quarantine.glob("*.jsonl")))
    if not open:
        _drop_working_files(layout.cache)
    newest = vault.seals_with
    needed = {id: place for id, place in _spooled(layout.spool) if id != newest}
    spare = tuple(id for id in vault.keys.ids if id != newest and id not in needed)
    return Resealed(key=newest, files=changed, rows=rows, quarantined=aside, needed=needed, spare=spare)


def _require_meant(vault: Vault, *, open: bool) -> None:
    if open and vault.columns:
        raise RefusedError(
            f"[privacy] encrypts {', '.join(sorted(vault.columns))}, so what is kept is not opened",
            todo="take them out of encrypt in the spec first",
        )
    if not open and not vault.columns:
        raise RefusedError(
            "[privacy] encrypts no column, so nothing is sealed anew; what was sealed opens while its key is there",
            todo="name columns in encrypt, or open everything for good: ratchet reseal --open",
        )


def _once(paths: list[str]) -> Iterator[str]:
    return (path for path in sorted(set(paths)) if not atomic.is_half(path.rpartition("/")[2]))


def _reseal_rows(database: Database, vault: Vault, classifier: str, owner: Callable[[str, str], str]) -> int:
    after, changed = "", 0
    table = predictions
    update = (
        table.update().where(table.c.id == sa.bindparam("of")).values(row=sa.bindparam("now", type_=table.c.row.type))
    )
    while True:
        page = sa.select(table.c.id, table.c.row).where(table.c.classifier == classifier, table.c.id > after)
        with database.begin() as connection:
            found = connection.execute(page.order_by(table.c.id).limit(_PAGE)).all()
            again = [(each.id, vault.resealed(owner(classifier, each.id), each.row)) for each in found]
            new = [{"of": id, "now": row} for id, row in again if row is not None]
            if new:
                connection.execute(update, new)
        if not found:
            return changed
        after, changed = found[-1].id, changed + len(new)


def _reseal_lines(path: Path, vault: Vault) -> bool:
    """Bring the quotes of one quarantine file to the newest key; whether any was not."""
    changed = False
    try:
        with atomic.beside(path) as part:
            with path.open("rb") as source, part.open("xb") as target:
                for line in source:
                    again = _requoted(line, vault)
                    changed |= again != line
                    target.write(again)
            if changed:
                part.replace(path)
    except OSError as error:
        raise WorkspaceError(
            f"{path} cannot be sealed anew: {error.strerror}", todo="see that it may be written"
        ) from None
    return changed


def _requoted(line: bytes, vault: Vault) -> bytes:
    try:
        row = msgspec.json.decode(line, type=dict[str, object])
    except msgspec.DecodeError:
        return line
    found = row.get("found")
    again = vault.requoted(found) if isinstance(found, str) else found
    return line if again == found else msgspec.json.encode({**row, "found": again}) + b"\n"


def _drop_working_files(cache: Path) -> None:
    """Delete what was encoded before anything was sealed; since then it lies elsewhere, and can be made again."""
    for path in cache.glob("*"):
        if path.name == _BODIES:
            continue  # a server may be reading them, and they go with their requests
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _spooled(spool: Path) -> Iterator[tuple[str, str]]:
    """The keys of what waits in the spool, or was rejected by the database, each with a place."""
    for path in sorted(spool.rglob("*")):
        try:
            content = path.read_bytes() if path.is_file() else b""
        except OSError:
            continue  # shipped meanwhile
        if is_sealed(content[:HEAD]):
            yield key_of(content), str(path)
        for id in set(_TOKEN.findall(content)):
            yield id.decode(), str(path)
