"""Bring a database to the newest revision, one process at a time."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from ratchet import platforms
from ratchet.store.migrations.revisions import HEAD, refuse_newer, stored_revision
from ratchet.store.tables import metadata

_POSTGRES_KEY = 7_202_503_114
"""The advisory lock of whoever migrates."""
_thread = threading.Lock()  # Alembic's operations find their context in a global


def upgrade(engine: sa.Engine, where: str) -> None:
    """Run the revisions a database has not had, in one transaction; another process may be at it already."""
    with _thread, _alone(engine):
        if engine.dialect.name == "sqlite":
            with engine.connect() as connection:
                connection.connection.execute("PRAGMA journal_mode = WAL")
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRES_KEY})
            found = stored_revision(connection)
            refuse_newer(found, where)
            if found != HEAD:
                _run(connection)


@contextmanager
def _alone(engine: sa.Engine) -> Iterator[None]:
    """Hold the folder of an SQLite file, since its journal mode cannot be changed within a transaction."""
    if engine.dialect.name != "sqlite":
        yield
        return
    folder = os.open(Path(str(engine.url.database)).parent, os.O_RDONLY)
    try:
        platforms.lock(folder, wait=True)
        yield
    finally:
        os.close(folder)


def _run(connection: sa.Connection) -> None:
    # Alembic takes longer to import than everything else a server needs, and is only needed here.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    with EnvironmentContext(
        config, scripts, fn=lambda found, _context: scripts._upgrade_revs(HEAD, found), destination_rev=HEAD
    ) as environment:
        environment.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
        with environment.begin_transaction():
            environment.run_migrations()
