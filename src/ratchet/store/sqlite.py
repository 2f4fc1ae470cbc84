"""What SQLite needs to be a good database for several processes."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ratchet.errors import RatchetError, UnavailableError, WorkspaceError, full_disk
from ratchet.store.samefile import SameFile

_PATIENCE = 30
"""Seconds a writer waits for another."""
_INDEX_BYTES = 32 << 10
"""The index of the ``-wal``, a file of its own (``-shm``), which every connection makes that is the first."""


def stored_revision(url: sa.URL) -> str | None:
    """The revision of a database file, or None for a new one; the file is not changed by looking.

    Raises `WorkspaceError` where the folder cannot be made or the file is no database.
    """
    path = Path(str(url.database))
    try:
        path.parent.mkdir(0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise WorkspaceError(
            f"the folder {path.parent} cannot be made: {error.strerror}", todo="choose a folder you may write to"
        ) from None
    if not path.exists():
        return None
    # A file left by a killed process has its last pages in `-wal`, and the last to close it would write them home:
    # read-only, nobody does.  Without one, a read-only look would leave an empty `-wal` behind.
    mode = "ro" if path.with_name(path.name + "-wal").exists() else "rw"
    try:
        with closing(sqlite3.connect(f"file:{quoted(path)}?mode={mode}", uri=True, timeout=_PATIENCE)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        if "no such table" in str(error):
            return None
        raise in_words(str(error), str(path), path) or error from None
    return str(row[0]) if row else None


def make(url: sa.URL) -> SameFile:
    """The file of a database, made empty where there is none; for its owner only, as is what SQLite puts beside it."""
    path = Path(str(url.database))
    path.touch(0o600)
    return SameFile(path)


def tune(engine: sa.Engine, file: SameFile) -> None:
    """Make connections lead to this file and make none, wait for writers, check foreign keys, have what is committed
    survive a power cut, and run real transactions.
    """

    @sa.event.listens_for(engine, "do_connect")
    def on_opening(_dialect: Any, _record: Any, args: list[Any], named: dict[str, Any]) -> None:
        file.require()
        args[:] = [f"file:{quoted(file.path)}?mode=rw"]
        named["uri"] = True

    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        file.require()  # it may have been replaced while it was opened
        connection.isolation_level = None  # the driver's own idea of when a transaction begins loses reads
        connection.execute(f"PRAGMA busy_timeout = {_PATIENCE * 1000}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")  # a commit is on the disk: what it keeps may go elsewhere
        connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten: a person may be forgotten

    @sa.event.listens_for(engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        options = connection.get_execution_options()
        _wait(connection, options.get("ratchet_patience"))
        reading = bool(options.get("ratchet_read"))
        connection.exec_driver_sql(f"PRAGMA query_only = {int(reading)}")
        # A transaction that reads first and writes later cannot wait for another writer, so writers queue at once.
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _wait(connection: sa.Connection, patience: float | None) -> None:
    """Have a connection wait so long for other writers; one that waited less for somebody waits as usual again."""
    changed = connection.info.get("patience")
    if patience != changed:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {int((_PATIENCE if patience is None else patience) * 1000)}")
        connection.info["patience"] = patience


def in_words(reason: str, where: str, file: Path) -> RatchetError | None:
    """What to say of one of SQLite's errors, or None where it is the statement's own fault."""
    if "disk I/O" in reason and _is_full(file):
        return full_disk(f"the database {where}")
    if "not a database" in reason or "malformed" in reason:
        return WorkspaceError(
            f"{where} is damaged or no SQLite database: {reason}", todo="restore it from a copy, or move it away"
        )
    if "locked" in reason:
        return UnavailableError(
            f"the database {where} was kept busy by another process", todo="try again once it is free"
        )
    if any(sign in reason for sign in ("readonly", "unable to open", "disk I/O", "is full")):
        return WorkspaceError(
            f"the database {where} cannot be written: {reason}",
            todo="see that the folder may be written to and that the disk is not full",
        )
    return None


def _is_full(file: Path) -> bool:
    """Whether there is no room beside a file for what SQLite makes to read from it; it calls that an error of I/O."""
    with suppress(OSError):
        return shutil.disk_usage(file.parent).free < _INDEX_BYTES
    return False


def quoted(path: Path) -> str:
    """A path as it stands in a ``file:`` address, whatever letters it has."""
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
