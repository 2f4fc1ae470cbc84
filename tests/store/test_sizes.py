from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from ratchet.clock import now
from ratchet.store.database import Database
from ratchet.store.migrations.revisions import HEAD
from ratchet.store.sizes import DatabaseSize, measure
from ratchet.store.tables import datasets, metadata


def test_the_figures_are_those_of_sql(database_url: str) -> None:
    row = {"classifier": "films", "parents": [], "rows": 1, "manifest": {"text": "x" * 1_000}, "created_at": now()}
    with closing(Database.open(database_url)) as database:
        before = _of(measure(database), "datasets")
        with database.begin() as connection:
            connection.execute(sa.insert(datasets), [row | {"id": str(at)} for at in range(2_000)])
        found = measure(database)
        assert found.revision == HEAD
        assert [each.name for each in found.tables] == sorted(metadata.tables)
        with database.read() as connection:
            for each in found.tables:
                assert each.rows == connection.scalar(sa.text(f"SELECT count(*) FROM {each.name}"))
        after = _of(found, "datasets")
        assert (before[0], after[0]) == (0, 2_000)
        assert after[1] - before[1] > 2_000_000
        assert after[1] < sum(each.bytes or 0 for each in found.tables) <= found.bytes


def test_an_sqlite_that_cannot_tell_tables_apart_still_counts_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ratchet.store.sizes.DBSTAT", "no_such_table")
    with closing(Database.open(f"sqlite:///{tmp_path}/ratchet.db")) as database:
        found = measure(database)
    assert {(each.rows, each.bytes) for each in found.tables} == {(0, None)}
    assert found.bytes > 0


def _of(found: DatabaseSize, name: str) -> tuple[int, int]:
    (table,) = [each for each in found.tables if each.name == name]
    if table.bytes is None:
        pytest.skip("this SQLite is built without `dbstat`, which tells tables apart")
    return table.rows, table.bytes
