"""MLflow's own database file, whatever dies while it is made."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ratchet.errors import UnavailableError
from ratchet.testing import trackers
from ratchet.tracking.catalogue import open_trackers
from ratchet.tracking.mlflow_file import opened, pour

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore:::mlflow")
"""MLflow keeps its database open until the process ends."""

DYING = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import Engine, event

@event.listens_for(Engine, "after_cursor_execute")
def die(connection, cursor, statement, *rest):
    if statement.strip().startswith("CREATE TABLE datasets"):
        os.kill(os.getpid(), signal.SIGKILL)
"""
"""A process that is killed in the midst of one of MLflow's migrations."""
BY_MLFLOW = "\nfrom mlflow import MlflowClient; MlflowClient(sys.argv[1]).search_experiments()\n"
HEARING = """
import sys
from pathlib import Path
from ratchet.testing import trackers
from ratchet.tracking.catalogue import open_trackers
open_trackers(None, None, Path(sys.argv[1]))[0].hear("reviews", sys.argv[2], trackers.heard()[0])
"""


@pytest.fixture(autouse=True)
def _no_uri(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that MLflow was killed in the midst of making."""
    path = tmp_path_factory.mktemp("half") / "mlflow.db"
    run = subprocess.run(
        [sys.executable, "-c", DYING + BY_MLFLOW, f"sqlite:///{path}"], capture_output=True, check=False
    )
    assert run.returncode == -9, run.stderr.decode()
    return path


def rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        return database.execute(statement).fetchall()


def made(path: Path, *tables: str) -> Path:
    """A small database file."""
    for name in tables:
        rows(path, f"CREATE TABLE {name} (name TEXT UNIQUE)")
    rows(path, "CREATE INDEX by_name ON experiments (name)")
    rows(path, "INSERT INTO experiments VALUES ('Default')")
    return path


def test_a_process_killed_in_the_first_migrations_harms_no_later_ones(tmp_path: Path) -> None:
    dead = subprocess.run([sys.executable, "-c", DYING + HEARING, str(tmp_path), "1"], capture_output=True, check=False)
    assert dead.returncode == -9, dead.stderr.decode()
    assert (tmp_path / "mlflow.db").stat().st_size == 0
    two = [subprocess.Popen([sys.executable, "-c", HEARING, str(tmp_path), run]) for run in ("2", "3")]
    assert [each.wait() for each in two] == [0, 0], "nor do two at once each other"
    told = "SELECT value FROM tags WHERE key = 'ratchet.run' ORDER BY value"
    assert rows(tmp_path / "mlflow.db", told) == [("2",), ("3",)]
    assert (tmp_path / "mlflow.db").stat().st_mode & 0o777 == 0o600


def test_a_file_left_half_made_is_begun_anew(half: Path, tmp_path: Path) -> None:
    shutil.copy(half, tmp_path)
    (tracker,) = open_trackers(None, None, tmp_path)
    assert tracker.record(trackers.run(tmp_path, "1"))
    assert rows(tmp_path / "mlflow.db", "SELECT name FROM experiments ORDER BY experiment_id") == [
        ("Default",),
        ("reviews",),
    ]


def test_a_half_made_file_that_holds_anything_stays_as_it_is(half: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(half, tmp_path))
    rows(path, "INSERT INTO experiments (experiment_id, name) VALUES (7, 'reviews')")
    (tracker,) = open_trackers(None, None, tmp_path)
    with pytest.raises(UnavailableError, match="table datasets already exists"):
        tracker.record(trackers.run(tmp_path, "1"))
    assert rows(path, "SELECT experiment_id, name FROM experiments") == [(7, "reviews")]


def test_what_is_poured_is_all_there_once_and_replaces_nothing_that_is_kept(tmp_path: Path) -> None:
    source = made(tmp_path / "made.db", "experiments", "runs")
    path = made(tmp_path / "half.db", "experiments", "left")
    pour(source, path)
    schema = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"
    assert rows(path, schema) == rows(source, schema)
    assert rows(path, "SELECT name FROM experiments") == [("Default",)]
    rows(path, "INSERT INTO runs VALUES ('mine')")
    pour(made(tmp_path / "other.db", "experiments", "runs", "more"), path)
    assert rows(path, "SELECT name FROM runs") == [("mine",)]
    with pytest.raises(sqlite3.OperationalError):
        pour(tmp_path / "gone.db", path)
    assert not (tmp_path / "gone.db").exists()


def test_what_is_no_database_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    path.write_text("a letter")
    with pytest.raises(sqlite3.DatabaseError):
        opened(path, tmp_path, lambda at: rows(at, "SELECT * FROM sqlite_master"))
    assert path.read_text() == "a letter"
