"""A database file that is deleted or replaced while it is open."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from ratchet.clock import now
from ratchet.errors import UnavailableError, WorkspaceError
from ratchet.store.database import Database
from ratchet.store.tables import forgotten


def keep(database: Database, *digests: str) -> None:
    with database.begin() as connection:
        for each in digests:
            connection.execute(forgotten.insert().values(classifier="films", digest=each, at=now()))


def kept(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.execute(sa.select(forgotten.c.digest)).scalars())


def copied(path: Path, target: Path) -> Path:
    """A copy of a database as SQLite makes it, whole though others write to it."""
    with closing(Database.open(f"sqlite:///{path}")) as database, database.read() as connection:
        connection.exec_driver_sql("PRAGMA query_only = 0")
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.rollback()
        raw.execute("VACUUM INTO ?", (str(target),))
    return target


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "our #1 folder" / "ratchet.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    with closing(Database.open(f"sqlite:///{path}")) as database:
        yield database


def test_a_file_that_is_gone_is_told_of_and_not_made_anew(database: Database, path: Path, tmp_path: Path) -> None:
    keep(database, "a")
    path.rename(tmp_path / "aside.db")
    for _ in range(2):
        with pytest.raises(UnavailableError, match=r"ratchet\.db is gone[\s\S]*put it back"):
            keep(database, "b")
        with pytest.raises(UnavailableError, match="is gone"):
            kept(database)
    database.close()
    with pytest.raises(UnavailableError, match="is gone"):
        kept(database)
    assert not path.exists()
    (tmp_path / "aside.db").rename(path)
    keep(database, "c")
    assert kept(database) == {"a", "c"}
    assert (database.reopened, database.notice) == (0, None)


def test_a_file_that_was_replaced_is_opened(database: Database, path: Path, tmp_path: Path) -> None:
    keep(database, "a")
    copy = copied(path, tmp_path / "copy.db")
    keep(database, "b")
    copy.replace(path)
    assert kept(database) == {"a"}
    keep(database, "c")
    assert database.reopened == 1
    assert database.notice is not None
    assert "was replaced while this process ran" in database.notice
    with closing(Database.open(f"sqlite:///{path}")) as other, other.read() as connection:
        assert set(connection.execute(sa.select(forgotten.c.digest)).scalars()) == {"a", "c"}
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_the_log_of_the_old_file_is_not_written_into_the_new_one(
    database: Database, path: Path, tmp_path: Path
) -> None:
    keep(database, *map(str, range(2_000)))
    other = Database.open(f"sqlite:///{tmp_path / 'other.db'}")
    keep(other, "quite", "different")
    other.close()
    assert path.with_name("ratchet.db-wal").stat().st_size > 0
    (tmp_path / "other.db").replace(path)
    assert kept(database) == {"quite", "different"}
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    assert len(list(path.parent.glob("ratchet.db-wal.before-*"))) == 1


def test_what_is_written_while_the_file_is_replaced_is_refused(database: Database, path: Path, tmp_path: Path) -> None:
    copy = copied(path, tmp_path / "copy.db")

    def write() -> None:
        with database.begin() as connection:
            connection.execute(forgotten.insert().values(classifier="films", digest="lost", at=now()))
            copy.replace(path)

    with pytest.raises(UnavailableError, match="replaced a moment ago"):
        write()
    keep(database, "again")
    assert kept(database) == {"again"}


def test_an_empty_file_is_no_database_to_go_on_with(database: Database, path: Path) -> None:
    keep(database, "a")
    path.unlink()
    path.touch()
    with pytest.raises(UnavailableError, match=r"holds nothing of Ratchet's[\s\S]*put the database back"):
        keep(database, "b")
    assert path.stat().st_size == 0


def test_a_file_that_is_still_being_copied_is_waited_for(database: Database, path: Path, tmp_path: Path) -> None:
    keep(database, "a")
    content = copied(path, tmp_path / "copy.db").read_bytes()
    path.unlink()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises((UnavailableError, WorkspaceError)):
        kept(database)
    assert database.reopened == 0
    path.write_bytes(content)
    assert kept(database) == {"a"}


def test_one_of_a_newer_ratchet_is_refused(database: Database, path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with closing(Database.open(f"sqlite:///{copy}")) as newer, newer.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9f00'"))
    shutil.move(copy, path)
    with pytest.raises(WorkspaceError, match="written by a newer Ratchet"):
        kept(database)
