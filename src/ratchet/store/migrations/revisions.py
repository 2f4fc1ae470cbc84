"""Which revision a database has, and whether we can read it.  Needs no Alembic."""

from __future__ import annotations

import sqlalchemy as sa

from ratchet.errors import WorkspaceError

KNOWN = ("0001", "0002", "0003", "0004")
"""Every revision this version can bring up to date, oldest first."""
HEAD = KNOWN[-1]

_stored = sa.table("alembic_version", sa.column("version_num", sa.String))


def stored_revision(connection: sa.Connection) -> str | None:
    """The revision of a database, or None for a new one."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(sa.select(_stored.c.version_num))
    return None if found is None else str(found)


def refuse_newer(found: str | None, where: str) -> None:
    """Raise `WorkspaceError` for a revision that only a newer Ratchet can have written."""
    if found is not None and found not in KNOWN:
        raise WorkspaceError(
            f"the database {where} was written by a newer Ratchet: its revision is {found}, this one knows up to "
            f"{HEAD}; nothing was changed",
            todo="pip install -U ratchet-ml",
        )
