"""MLflow's own database file: its tables are there all at once, or not at all.

MLflow makes its tables by dozens of migrations, each of which commits in parts.  A process that ends among them leaves
a file that MLflow neither reads nor completes ("table guardrails already exists").  So the migrations run on a file
elsewhere, and what came of them is poured into the one that stays in a single transaction.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

SCRATCH = "staging-mlflow-"
"""What the names of folders begin with in which things are made ready; a flow that takes over removes ``staging-*``."""
_TURN_WITHIN = 30.0
"""Seconds that a process waits for another that writes to the file."""
_ALWAYS = {"alembic_version": "1", "workspaces": "name = 'default'", "experiments": "name = 'Default'"}
"""Table -> which of its rows MLflow puts there itself."""
_NAMES = "SELECT name FROM {}.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
T = TypeVar("T")


def opened(path: Path, scratch: Path | None, open_at: Callable[[Path], T]) -> T:
    """What ``open_at`` gives for a database file; it makes the tables of a file that has none.

    Promises: whenever this process ends, the file is left empty or whole.  One that was left half made and holds
    nothing is begun anew; one that holds anything stays as it is, and the error that it is met with is raised.  Any
    number of processes may open a file at once.
    """
    if path.exists() and path.stat().st_size:
        try:
            return open_at(path)
        except Exception:
            if not _holds_nothing(path):
                raise
    path.touch(0o600)
    with tempfile.TemporaryDirectory(dir=scratch, prefix=SCRATCH) as folder:
        made = Path(folder, path.name)
        open_at(made)
        pour(made, path)
    return open_at(path)


def pour(made: Path, path: Path) -> None:
    """Replace the tables of a file by those of another in one transaction, which shuts all others out.

    A file that holds anything, or has the same tables already, stays as it is.  Raises `sqlite3.Error`; then nothing
    has changed.
    """
    with closing(sqlite3.connect(path, timeout=_TURN_WITHIN, isolation_level=None, uri=True)) as both:
        both.execute("ATTACH ? AS made", [f"{made.as_uri()}?mode=ro"])  # else one that is gone would be made, empty
        both.execute("BEGIN EXCLUSIVE")
        wanted = both.execute("SELECT type, name, sql FROM made.sqlite_master").fetchall()
        if not _empty(both) or set(wanted) == set(both.execute("SELECT type, name, sql FROM main.sqlite_master")):
            return
        for (name,) in both.execute(_NAMES.format("main")).fetchall():
            both.execute(f'DROP TABLE main."{name}"')
        _make(both, [sql for kind, name, sql in wanted if kind == "table" and not name.startswith("sqlite_")])
        for (name,) in both.execute(_NAMES.format("made")).fetchall():
            _copy(both, name)
        _make(both, [sql for kind, _, sql in wanted if kind != "table" and sql])  # an index without is its table's own
        both.execute("COMMIT")


def _make(both: sqlite3.Connection, statements: list[str]) -> None:
    for each in statements:
        both.execute(each)


def _copy(both: sqlite3.Connection, name: str) -> None:
    """The rows of a table, without columns that are computed from others: those cannot be written."""
    found = both.execute("SELECT name FROM pragma_table_info(?, 'made')", [name])
    columns = ", ".join(f'"{column}"' for (column,) in found)
    both.execute(f'INSERT INTO main."{name}" ({columns}) SELECT {columns} FROM made."{name}"')  # nosec B608 # names of our own file


def _holds_nothing(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path, timeout=_TURN_WITHIN)) as database:
            return _empty(database)
    except sqlite3.Error:  # it is no database, or another process keeps it shut
        return False


def _empty(database: sqlite3.Connection) -> bool:
    """Whether there are no rows but those that MLflow puts there itself."""
    names = [name for (name,) in database.execute(_NAMES.format("main"))]
    theirs = (f'SELECT 1 FROM main."{name}" WHERE NOT ({_ALWAYS.get(name, "0")}) LIMIT 1' for name in names)  # nosec B608
    return all(database.execute(each).fetchone() is None for each in theirs)
