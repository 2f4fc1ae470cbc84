"""What a database holds, in numbers: for `doctor` and for whoever wonders what fills the disk."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from ratchet.store.database import Database
from ratchet.store.migrations.revisions import stored_revision
from ratchet.store.tables import metadata


@dataclass(frozen=True, kw_only=True, slots=True)
class TableSize:
    """One table: its rows, counted, and the bytes it takes with its indexes (None where the database cannot say)."""

    name: str
    rows: int
    bytes: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseSize:
    """A database: its kind, the revision of its tables, the bytes of all of it, and each table, by name."""

    kind: str
    revision: str | None
    bytes: int
    tables: tuple[TableSize, ...]


def measure(database: Database) -> DatabaseSize:
    """Count everything now; takes as long as counting the rows does."""
    with database.read() as connection:
        sizes = _sqlite_tables(connection) if connection.dialect.name == "sqlite" else _postgresql_tables(connection)
        tables = tuple(
            TableSize(name=name, rows=_rows(connection, table), bytes=sizes.get(name))
            for name, table in sorted(metadata.tables.items())
        )
        return DatabaseSize(
            kind=connection.dialect.name,
            revision=stored_revision(connection),
            bytes=connection.scalar(sa.text(_WHOLE[connection.dialect.name])) or 0,
            tables=tables,
        )


DBSTAT = "dbstat"
"""SQLite's table of its pages, which not every SQLite is built with."""
_WHOLE = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}


def _rows(connection: sa.Connection, table: sa.Table) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def _sqlite_tables(connection: sa.Connection) -> dict[str, int]:
    query = sa.text(
        "SELECT m.tbl_name, sum(s.pgsize) FROM sqlite_master m JOIN " + DBSTAT + " s ON s.name = m.name "  # nosec B608 # a constant
        "WHERE s.aggregate = TRUE GROUP BY m.tbl_name"
    )
    try:
        return {str(name): int(size) for name, size in connection.execute(query)}
    except OperationalError:
        return {}


def _postgresql_tables(connection: sa.Connection) -> dict[str, int]:
    query = sa.text("SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables")
    return {str(name): int(size) for name, size in connection.execute(query)}
