"""The seam to the database: SQLite in the workspace, PostgreSQL at scale, the same statements on both.

Opening a database that is up to date costs two small queries; Alembic is imported only where there is work for it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ratchet.clock import seed
from ratchet.errors import (
    MissingExtraError,
    RatchetError,
    RequestError,
    SettingsError,
    UnavailableError,
    WorkspaceError,
)
from ratchet.store import sqlite as sqlite_files
from ratchet.store.migrations import migrate
from ratchet.store.migrations.revisions import HEAD, refuse_newer, stored_revision
from ratchet.words import redacted

_ANSWER_WITHIN = 10
"""Seconds a PostgreSQL server may take to let us in."""
_FREE_WITHIN = 30
"""Seconds to wait for one of the connections when all are in use."""


class Database:
    """A database with our tables, at our revision.

    Promises: `begin` commits everything or nothing; on SQLite writers wait for each other instead of failing; errors
    of a database that is away, or whose connections are all in use, are `UnavailableError`; a value that it can neither
    keep nor look for is a `RequestError`; and no message shows a password.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

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
        with _opening(parsed), _errors_in_words(parsed):
            if parsed.get_backend_name() == "sqlite":
                refuse_newer(sqlite_files.stored_revision(parsed), shown(parsed))
                sqlite_files.make(parsed)
            engine = _engine(parsed)
            try:
                with engine.connect() as connection:
                    # Only reading, it waits for no writer: SQLite would take the write lock otherwise.
                    found = stored_revision(connection.execution_options(ratchet_read=True))
                refuse_newer(found, shown(parsed))
                if found != HEAD:
                    migrate.upgrade(engine, shown(parsed))
            except BaseException:
                engine.dispose()
                raise
            return cls(engine)

    @contextmanager
    def begin(self, *, alone: str | None = None) -> Iterator[sa.Connection]:
        """One transaction: committed at the end of the block, undone if the block raises.

        Transactions begun with the same word ``alone`` run one after the other, so that what one reads still holds
        when it writes (SQLite: all of them do, without the word).
        """
        with _errors_in_words(self._engine.url), self._engine.begin() as connection:
            if alone is not None and connection.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": seed("ratchet", alone)})
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that only reads: it waits for no writer, and a statement that writes fails in it."""
        with _errors_in_words(self._engine.url), self._engine.connect() as connection:
            readonly = connection.execution_options(ratchet_read=True, postgresql_readonly=True)
            with readonly.begin():
                yield readonly

    def close(self) -> None:
        """Let go of every connection; the object can still be used and connects anew."""
        self._engine.dispose()


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


def _engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() == "sqlite":
        engine = sa.create_engine(url, pool_timeout=_FREE_WITHIN)
        sqlite_files.tune(engine)
        return engine
    try:
        entry = {"connect_timeout": _ANSWER_WITHIN}
        return sa.create_engine(url, pool_pre_ping=True, pool_timeout=_FREE_WITHIN, connect_args=entry)
    except ImportError:
        raise MissingExtraError("PostgreSQL", "postgres") from None


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
    except DBAPIError as error:
        worded = _in_words(error, url)
        if worded is None:
            raise
        raise worded from None


def _in_words(error: DBAPIError, url: sa.URL) -> RatchetError | None:
    """What to say of a database's error, or None where it is the statement's own fault."""
    reason = _reason(error.orig)
    if isinstance(error, DataError):
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
