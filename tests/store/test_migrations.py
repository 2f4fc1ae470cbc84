from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from ratchet.store import migrations
from ratchet.store.database import Database
from ratchet.store.migrations.revisions import HEAD, KNOWN
from ratchet.store.tables import metadata


def test_the_revisions_make_the_tables(database_url: str) -> None:
    with closing(Database.open(database_url)) as database, database.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        assert _primary_keys(sa.inspect(connection)) == {
            name: list(t.primary_key.columns.keys()) for name, t in metadata.tables.items()
        }


def test_the_known_revisions_are_those_there_are() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(reversed([script.revision for script in scripts.walk_revisions()])) == KNOWN
    assert scripts.get_current_head() == HEAD


def _primary_keys(inspector: Any) -> dict[str, list[str]]:
    names = set(inspector.get_table_names()) - {"alembic_version"}
    return {name: inspector.get_pk_constraint(name)["constrained_columns"] for name in names}
