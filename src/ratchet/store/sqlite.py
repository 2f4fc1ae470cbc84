"""What SQLite needs to be a good database for several processes."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ratchet.errors import RatchetError, UnavailableError, WorkspaceError, full_disk

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
        with closing(sqlite3.connect(f"file:{_quoted(path)}?mode={mode}", uri=True, timeout=_PATIENCE)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        if "no such table" in str(error):
            return None
        raise in_words(str(error), str(path), path) or error from None
    return str(row[0]) if row else None


def make(url: sa.URL) -> None:
    """Make an empty file for a database that is not there yet, for its owner only, as is what SQLite puts beside it.

    Where none can be made, SQLite says why.
    """
    with suppress(OSError):
        os.close(os.open(str(url.database), os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def tune(engine: sa.Engine) -> None:
    """Make connections wait for writers, check foreign keys, flush as WAL allows, and run real transactions."""

    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own idea of when a transaction begins loses reads
        connection.execute(f"PRAGMA busy_timeout = {_PATIENCE * 1000}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten: a person may be forgotten

    @sa.event.listens_for(engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        reading = bool(connection.get_execution_options().get("ratchet_read"))
        connection.exec_driver_sql(f"PRAGMA query_only = {int(reading)}")
        # A transaction that reads first and writes later cannot wait for another writer, so writers queue at once.
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


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
            f"the database {where} was kept busy by another process for {_PATIENCE} s", todo="try again once it is free"
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


def _quoted(path: Path) -> str:
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
