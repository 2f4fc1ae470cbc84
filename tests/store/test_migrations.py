from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from ratchet.clock import now
from ratchet.store import migrations, tables
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


def test_an_index_of_some_rows_is_made_of_those(database_url: str) -> None:
    with closing(Database.open(database_url)) as database, database.begin() as connection:
        name = connection.dialect.name
        inspector = sa.inspect(connection)
        for table in metadata.tables.values():
            wanted = {each.name: each.dialect_options[name]["where"] for each in table.indexes}
            found = {each["name"]: each.get("dialect_options", {}) for each in inspector.get_indexes(table.name)}
            assert {each: None if where is None else str(where) for each, where in wanted.items()} == {
                each: str(options[f"{name}_where"]).strip("()") if f"{name}_where" in options else None
                for each, options in found.items()
            }


@pytest.mark.parametrize(
    ("rows", "id_column"), [(tables.versions, "number"), (tables.holdout_uses, "seq")], ids=["versions", "holdout_uses"]
)
def test_a_run_makes_one_version_and_one_use_of_a_holdout(database_url: str, rows: sa.Table, id_column: str) -> None:
    row = {
        "classifier": "films", "created_at": now(), "at": now(), "family": "f", "dataset_id": "d", "holdout_id": "h",
        "learning_hash": "l", "bundle_key": "b", "scorecard": {}, "decision": {}, "numbers": {},
        "version": 1, "outcome": "hold",
    }  # fmt: skip
    row = {name: value for name, value in row.items() if name in rows.c}

    def add(number: int, run_id: str, classifier: str = "films") -> None:
        with database.begin() as connection:
            connection.execute(sa.insert(rows), [row | {id_column: number, "run_id": run_id, "classifier": classifier}])

    with closing(Database.open(database_url)) as database:
        add(1, "r1")
        add(2, "r2")
        add(4, "r1", "books")
        with pytest.raises(sa.exc.IntegrityError):
            add(5, "r1")


def test_the_known_revisions_are_those_there_are() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(reversed([script.revision for script in scripts.walk_revisions()])) == KNOWN
    assert scripts.get_current_head() == HEAD


def _primary_keys(inspector: Any) -> dict[str, list[str]]:
    names = set(inspector.get_table_names()) - {"alembic_version"}
    return {name: inspector.get_pk_constraint(name)["constrained_columns"] for name in names}
