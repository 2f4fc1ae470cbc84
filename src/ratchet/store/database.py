"""The seam to the database: SQLite in the workspace, PostgreSQL at scale, the same statements on both.

Opening a database that is up to date costs two small queries; Alembic is imported only where there is work for it.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ratchet import clock
from ratchet.errors import (
    MissingExtraError,
    RatchetError,
    RequestError,
    SettingsError,
    UnavailableError,
    WorkspaceError,
)
from ratchet.store import sqlite as sqlite_files
from ratchet.store import transport
from ratchet.store.migrations import migrate
from ratchet.store.migrations.revisions import HEAD, refuse_newer, stored_revision
from ratchet.store.samefile import SameFile
from ratchet.words import redacted

_log = logging.getLogger("ratchet.store")

_ANSWER_WITHIN = 10
"""Seconds a PostgreSQL server may take to let us in."""
_UNHEARD_WITHIN = 30
"""Seconds after which a PostgreSQL server whose machine does not answer is given up."""
_FREE_WITHIN = 30
"""Seconds to wait for one of the connections when all are in use."""


class Database:
    """A database with our tables, at our revision.

    Promises: `begin` commits everything or nothing; on SQLite writers wait for each other instead of failing; errors
    of a database that is away, or whose connections are all in use, are `UnavailableError`; a value that it can neither
    keep nor look for is a `RequestError`; and no message shows a password.
    """

    def __init__(self, engine: sa.Engine, file: SameFile | None = None) -> None:
        """``file`` is that of an SQLite database."""
        self._engine = engine
        self._file = file
        self._reopening = threading.Lock()
        self.reopened = 0
        """How often another file was found in the place of the one that was open, and opened."""
        self.notice: str | None = None
        """That this has happened, in a sentence; None while it has not."""

    def __repr__(self) -> str:
        return f"Database({shown(self._engine.url)})"

    @classmethod
    def open(cls, place: str | Path) -> Database:
        """The database at ``sqlite:///file``, a path or ``postgresql://...``, made or brought up to our revision.

        Processes may open one database at the same moment: one of them migrates and the others wait.  One that is up
        to date is opened also while another process writes to it.  Raises
        `SettingsError` (not such a URL), `WorkspaceError` (cannot be written, is no database, or comes from a newer
        Ratchet; it is then left untouched byte for byte), `UnavailableError` (does not answer).  Whatever else keeps
        one from being opened is a `WorkspaceError` too.
        """
        parsed = _parse(place)
        transport.require_decided(parsed)
        with _opening(parsed), _errors_in_words(parsed):
            if parsed.get_backend_name() == "sqlite":
                refuse_newer(sqlite_files.stored_revision(parsed), shown(parsed))
            file = sqlite_files.make(parsed) if parsed.get_backend_name() == "sqlite" else None
            engine = _engine(parsed, file)
            try:
                with engine.connect() as connection:
                    # Only reading, it waits for no writer: SQLite would take the write lock otherwise.
                    found = stored_revision(connection.execution_options(ratchet_read=True))
                refuse_newer(found, shown(parsed))
                if found != HEAD:
                    migrate.upgrade(engine, shown(parsed))
                if file is not None:
                    file.note_log()
            except BaseException:
                engine.dispose()
                raise
            return cls(engine, file)

    @contextmanager
    def begin(self, *, alone: str | None = None, patience: float | None = None) -> Iterator[sa.Connection]:
        """One transaction: committed at the end of the block, undone if the block raises.

        Transactions begun with the same word ``alone`` run one after the other, so that what one reads still holds
        when it writes (SQLite: all of them do, without the word).  ``patience`` is how many seconds to wait for other
        writers, where that is not to be as long as usual.  Raises `UnavailableError` also where the file of the
        database was deleted, or was replaced before the transaction was at its end.
        """
        self.see_same()
        with _errors_in_words(self._engine.url), self._engine.connect() as plain:
            connection = plain.execution_options(ratchet_patience=patience)
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    _tell_postgresql(connection, alone, patience)
                yield connection
        if self._file is not None:
            self._file.require()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that only reads: it waits for no writer, and a statement that writes fails in it."""
        self.see_same()
        with _errors_in_words(self._engine.url), self._engine.connect() as connection:
            readonly = connection.execution_options(ratchet_read=True, postgresql_readonly=True)
            with readonly.begin():
                yield readonly
                self._note_log()

    def see_same(self) -> None:
        """See that the database that is open is the one that lies at its address, as every transaction does.

        An SQLite file that was replaced is opened in the place of the one before, and counted in `reopened`.  Raises
        `UnavailableError` where it is gone, or where what lies there now is empty, which a copy is not; and what `open`
        raises.
        """
        if self._file is None or self._file.same():
            return
        with self._reopening, _opening(self._engine.url), _errors_in_words(self._engine.url):
            if not self._file.same():
                self._follow(self._file)

    def _follow(self, file: SameFile) -> None:
        self._engine.dispose()
        file.leave_old_log()
        where, found = shown(self._engine.url), sqlite_files.stored_revision(self._engine.url)
        if found is None:
            raise UnavailableError(
                f"the database file {file.path} was replaced by one that holds nothing of Ratchet's",
                todo="put the database back (the file itself, or a copy of it), or start again to begin a new one",
            )
        if not file.whole():
            raise UnavailableError(f"the database file {file.path} is being replaced", todo="wait until it is copied")
        refuse_newer(found, where)
        file.follow()
        self.reopened += 1
        if found != HEAD:
            migrate.upgrade(self._engine, where)
        self.notice = (
            f"the database file {file.path} was replaced while this process ran; the new one is used since "
            f"{clock.now():%Y-%m-%d %H:%M:%S} UTC, and what was in the old one only is not in it"
        )
        _log.error("%s", self.notice)

    def _note_log(self) -> None:
        if self._file is not None:
            self._file.note_log()

    def close(self) -> None:
        """Let go of every connection; the object can still be used and connects anew."""
        self._engine.dispose()


def _tell_postgresql(connection: sa.Connection, alone: str | None, patience: float | None) -> None:
    """How long to wait, and for whom."""
    if patience is not None:
        limit = max(int(patience * 1000), 1)
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {limit}")
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {limit}")
    if alone is not None:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": clock.seed("ratchet", alone)})


def insert_ignore(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
) -> set[tuple[Any, ...]]:
    """Insert rows, skipping each that breaks a unique key; returns the primary keys of those that were new.

    All rows have the same columns.
    """
    if not rows:
        return set()
    statement = _insert(connection, table).on_conflict_do_nothing().returning(*table.primary_key)
    return {tuple(key) for key in connection.execute(statement, [dict(row) for row in rows])}


def insert_adding(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of numbers by primary key; where one is there already, the numbers are added to its own.

    All rows have the same columns, and no two the same key.  They are written in the order of their keys, so that two
    who add at once wait for each other and never both.
    """
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    statement = _insert(connection, table)
    added = {
        column.name: column + statement.excluded[column.name] for column in table.columns if not column.primary_key
    }
    ordered = sorted((dict(row) for row in rows), key=lambda row: [row[key] for key in keys])
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=added), ordered)


def _insert(connection: sa.Connection, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def shown(url: sa.URL) -> str:
    """A URL as it may be printed: passwords are starred out."""
    return redacted(url.render_as_string(hide_password=True))


def _parse(place: str | Path) -> sa.URL:
    if isinstance(place, Path):  # in an address its ? and % would mean something
        return sa.URL.create("sqlite", database=str(place.absolute()))
    wanted = "a URL such as sqlite:////path/ratchet.db or postgresql://user:password@host:5432/name"
    try:
        parsed = sa.make_url(place)
    except sa.exc.ArgumentError:
        raise SettingsError("the database URL cannot be read", todo=f"give {wanted}") from None
    if "@" in (parsed.host or ""):
        raise SettingsError("the database URL has two @ in it", todo="write an @ that is part of the password as %40")
    if parsed.drivername in {"postgres", "postgresql"}:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise SettingsError(f"there is no support for the database {shown(parsed)}", todo=f"give {wanted}")
    if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise SettingsError(f"{shown(parsed)} is a database in memory, which forgets everything", todo=f"give {wanted}")
    return parsed


def _engine(url: sa.URL, file: SameFile | None) -> sa.Engine:
    if file is not None:
        engine = sa.create_engine(url, pool_timeout=_FREE_WITHIN)
        sqlite_files.tune(engine, file)
        return engine
    try:
        return sa.create_engine(url, pool_pre_ping=True, pool_timeout=_FREE_WITHIN, connect_args=_patience(url))
    except ImportError:
        raise MissingExtraError("PostgreSQL", "postgres") from None


def _patience(url: sa.URL) -> dict[str, int]:
    """What the driver is told of waiting (libpq, "Parameter Key Words"), where the URL does not say it.

    A machine that is gone, or a network that swallows everything, is found out so; a server that is frozen on a machine
    that runs is not: its machine still answers for it.
    """
    asked = {
        "connect_timeout": _ANSWER_WITHIN,
        "tcp_user_timeout": _UNHEARD_WITHIN * 1_000,
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": (_UNHEARD_WITHIN - 10) // 5,
    }
    return {key: value for key, value in asked.items() if key not in url.query}


@contextmanager
def _opening(url: sa.URL) -> Iterator[None]:
    """What goes wrong while a database is opened is wrong with what lies in it, or with where it lies."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise WorkspaceError(
            f"the database {shown(url)} is not as Ratchet left it, or was never ours: {_reason(cause)}",
            todo="restore it from a copy, or set RATCHET_DATABASE_URL to another",
        ) from error


@contextmanager
def _errors_in_words(url: sa.URL) -> Iterator[None]:
    try:
        yield
    except PoolTimeout:
        raise UnavailableError(
            f"every connection to the database {shown(url)} was in use for {_FREE_WITHIN} s",
            todo="try again; if it lasts, see what keeps the database busy",
        ) from None
    except (DBAPIError, UnicodeEncodeError, OverflowError) as error:  # the latter: half a character, a huge number
        worded = _in_words(error, url)
        if worded is None:
            raise
        raise worded from None


def _in_words(error: DBAPIError | ValueError | ArithmeticError, url: sa.URL) -> RatchetError | None:
    """What to say of a database's error, or None where it is the statement's own fault."""
    reason = _reason(error.orig if isinstance(error, DBAPIError) else error)
    if isinstance(error, DataError) or not isinstance(error, DBAPIError):
        return RequestError(
            f"the database {shown(url)} can neither keep nor look for what was given: {reason}",
            todo="leave out characters without a meaning (NUL), or send shorter texts",
        )
    if url.get_backend_name() == "sqlite":
        return sqlite_files.in_words(reason, shown(url), Path(str(url.database)))
    if error.connection_invalidated or isinstance(error, OperationalError):
        return UnavailableError(
            f"the database {shown(url)} does not answer: {reason}",
            todo="see that it runs and that the address, name and password are right, then try again",
        )
    if "permission denied" in reason:
        return WorkspaceError(f"the database {shown(url)} lets us in but not on: {reason}", todo="grant the rights")
    return None


def _reason(error: BaseException | None) -> str:
    """The first line of what an error says, which is the one for people."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
