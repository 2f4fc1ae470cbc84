from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
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
        "classifier": "films", "created_at": now(), "at": now(), "family": "f", "dataset_id": "d",
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


def test_uses_of_the_first_revision_are_told_their_generation_and_rows(database_url: str) -> None:
    rows = [(1, None, "hash.s0.g0.h0.2.t0.1"), (2, 1, "hash.s0.g3.h0.2.t0.1")]
    with closing(Database.open(database_url)) as new, new.begin() as connection:
        names = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
        for name in names:
            connection.execute(sa.text(f"DROP TABLE {name}"))
        connection.execute(sa.text("DELETE FROM alembic_version"))
        _upgraded(connection, to="0001")
        for number, champion, holdout_id in rows:
            run_id = f"r{number}"
            connection.execute(_row(tables.versions, number=number, dataset_id=f"d{number}", run_id=run_id))
            use = {"holdout_id": holdout_id, "version": number, "champion": champion, "run_id": run_id}
            connection.execute(_row(tables.holdout_uses, **use))
    with closing(Database.open(database_url)) as database, database.read() as connection:
        uses, versions = tables.holdout_uses.c, tables.versions.c
        told = sa.select(uses.kind, uses.generation, uses.dataset_id, uses.champion).order_by(uses.seq)
        assert [tuple(row) for row in connection.execute(told)] == [("exam", 0, "d1", None), ("exam", 3, "d2", 1)]
        against = sa.select(versions.champion, versions.out_of_fold).order_by(versions.number)
        assert [tuple(row) for row in connection.execute(against)] == [(None, None), (1, None)]


def _row(table: sa.Table, **values: Any) -> sa.Insert:
    """A row as the first revision had them: without the columns that came later."""
    common = {
        "classifier": "films",
        "at": now(),
        "created_at": now(),
        "family": "f",
        "learning_hash": "l",
        "bundle_key": "b",
        "scorecard": {},
        "decision": {},
        "outcome": "hold",
        "numbers": {},
    }
    later = {"kind", "generation", "dataset_id"} if table is tables.holdout_uses else {"champion", "out_of_fold"}
    gone = [sa.Column("holdout_id", sa.String)] if table is tables.holdout_uses else []
    had = [*(column for column in table.c if column.name not in later), *gone]
    told = {column.name: ({**common, **values})[column.name] for column in had if column.name in {**common, **values}}
    return sa.insert(sa.table(table.name, *(sa.column(each.name, each.type) for each in had))).values(told)


def _upgraded(connection: sa.Connection, to: str) -> None:
    """Bring a database to a revision, as the release did that had it."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    scripts = ScriptDirectory.from_config(config)
    work = lambda found, _context: scripts._upgrade_revs(to, found)  # noqa: E731
    with EnvironmentContext(config, scripts, fn=work, destination_rev=to) as environment:
        environment.configure(connection=connection, target_metadata=metadata)
        with environment.begin_transaction():
            environment.run_migrations()
