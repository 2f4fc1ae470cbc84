from __future__ import annotations

import hashlib
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ratchet.errors import RequestError, SettingsError, UnavailableError, WorkspaceError
from ratchet.store.database import Database, shown
from ratchet.store.tables import runs
from ratchet.testing import databases

NEWER = "UPDATE alembic_version SET version_num = '9f00'"


@pytest.mark.parametrize("check", databases.CHECKS, ids=lambda check: check.__name__)
def test_every_database(database_url: str, check: Callable[[Callable[[], Database]], None]) -> None:
    check(lambda: Database.open(database_url))


@pytest.mark.parametrize("name", ["100%41", "a?b", "a#b&c=d", "~ [1]*", "äöü ☃"])
def test_a_path_names_its_file_whatever_signs_are_in_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / name / "ratchet.db"
    with closing(Database.open(path)) as database, database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(runs)) == 0
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [path]


def test_a_database_that_is_up_to_date_is_opened_without_alembic(database_url: str) -> None:
    Database.open(database_url).close()
    code = (
        "import sys; from ratchet.store.database import Database; "
        "Database.open(sys.argv[1]).close(); assert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, database_url], check=True, timeout=60)


def test_a_database_that_is_written_to_is_opened_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ratchet.store.sqlite._PATIENCE", 0)
    path = tmp_path / "ratchet.db"
    Database.open(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with closing(Database.open(f"sqlite:///{path}")) as database, database.read() as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(runs)) == 0
        other.execute("ROLLBACK")


def test_processes_and_threads_may_open_a_new_database_at_once(database_url: str) -> None:
    code = "import sys; from ratchet.store.database import Database; Database.open(sys.argv[1]).close()"
    started = [subprocess.Popen([sys.executable, "-c", code, database_url]) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        for opened in pool.map(lambda _: Database.open(database_url), range(3)):
            opened.close()
    assert [process.wait(60) for process in started] == [0, 0, 0]


def test_a_killed_migration_leaves_nothing(database_url: str) -> None:
    code = (
        "import os, sys, sqlalchemy as sa; from ratchet.store.database import Database; made = []\n"
        "sa.event.listen(sa.Table, 'after_create', lambda *_, **__: made.append(1) or len(made) < 5 or os._exit(7))\n"
        "Database.open(sys.argv[1])"
    )
    assert subprocess.run([sys.executable, "-c", code, database_url], timeout=60, check=False).returncode == 7
    with closing(Database.open(database_url)) as database, database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(runs)) == 0


def test_a_newer_database_is_left_untouched(database_url: str, tmp_path: Path) -> None:
    with closing(Database.open(database_url)) as database, database.begin() as connection:
        connection.execute(sa.text(NEWER))
    before = _contents(tmp_path)
    with pytest.raises(WorkspaceError, match=r"revision is 9f00[\s\S]*pip install -U ratchet-ml"):
        Database.open(database_url)
    assert _contents(tmp_path) == before


def test_a_newer_database_whose_process_was_killed_is_left_untouched(tmp_path: Path) -> None:
    path = tmp_path / "first" / "ratchet.db"
    with closing(Database.open(f"sqlite:///{path}")), closing(sqlite3.connect(path)) as connection:
        connection.execute(NEWER)
        connection.commit()
        # What kill -9 leaves: pages in the log that no one has written home.
        shutil.copytree(path.parent, tmp_path / "second")
    assert (tmp_path / "second" / "ratchet.db-wal").stat().st_size > 0
    before = _contents(tmp_path / "second", but="-shm")
    with pytest.raises(WorkspaceError, match="9f00"):
        Database.open(f"sqlite:///{tmp_path}/second/ratchet.db")
    assert _contents(tmp_path / "second", but="-shm") == before


def test_a_file_that_is_no_database_is_left_untouched(tmp_path: Path) -> None:
    path = tmp_path / "ratchet.db"
    path.write_bytes(b"a shopping list, long enough to have a header of a hundred bytes or more" * 9)
    before = _contents(tmp_path)
    with pytest.raises(WorkspaceError, match="no SQLite database"):
        Database.open(f"sqlite:///{path}")
    assert _contents(tmp_path) == before


def test_a_database_that_is_not_as_we_left_it_is_told_in_words(database_url: str) -> None:
    with closing(Database.open(database_url)) as database, database.begin() as connection:
        connection.execute(sa.text("DROP TABLE alembic_version"))
    with pytest.raises(WorkspaceError, match=r"not as Ratchet left it, .*datasets.* already exists"):
        Database.open(database_url)
    with database.begin() as connection:  # a closed one connects anew
        connection.execute(sa.text("CREATE TABLE alembic_version (a INTEGER)"))
    database.close()
    with pytest.raises(WorkspaceError, match="version_num"):
        Database.open(database_url)


def test_when_every_connection_is_in_use_the_database_is_unavailable(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ratchet.store.database._FREE_WITHIN", 0.05)

    def take_all(database: Database) -> None:
        with ExitStack() as held:
            for _ in range(100):
                held.enter_context(database.read())

    with (
        closing(Database.open(database_url)) as database,
        pytest.raises(UnavailableError, match=r"every connection .* was in use for 0\.05 s"),
    ):
        take_all(database)


def test_a_text_that_postgresql_cannot_hold_is_refused_in_words(postgres: Any) -> None:
    with closing(Database.open(postgres.get_uri())) as database:
        for text in ("a \0", "a" * 200):
            with pytest.raises(RequestError, match="neither keep nor look for"), database.begin() as connection:
                connection.execute(sa.update(runs).values(actor=text).where(runs.c.id == text))


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkspaceError, match="cannot be made"):
        Database.open(f"sqlite:///{tmp_path}/file/ratchet.db")
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(WorkspaceError, match="cannot be written"):
        Database.open(f"sqlite:///{tmp_path}/folder.db")


@pytest.mark.parametrize("url", ["not a url", "mysql://me:secret@host/x", "sqlite://", "sqlite:///:memory:"])
def test_other_addresses_are_refused_with_an_example(url: str) -> None:
    with pytest.raises(SettingsError, match="give a URL such as") as caught:
        Database.open(url)
    assert "secret" not in str(caught.value)


def test_a_server_that_is_away_is_unavailable_and_no_password_is_shown() -> None:
    with pytest.raises(UnavailableError, match=r"me:\*\*\*@127.0.0.1:9/reviews does not answer") as caught:
        Database.open("postgresql://me:secret@127.0.0.1:9/reviews")
    assert "secret" not in str(caught.value)


def test_an_at_sign_that_was_not_encoded_shows_no_tail_of_the_password() -> None:
    with pytest.raises(SettingsError, match="%40") as caught:
        Database.open("postgresql://me:se@cret@localhost/x")
    assert "cret" not in str(caught.value)


def test_passwords_are_starred_out_wherever_they_stand() -> None:
    url = sa.make_url("postgresql://me:secret@host/x?sslpassword=secret2&password=secret3&application_name=a")
    assert "secret" not in shown(url)
    assert "application_name=a" in shown(url)


def test_a_server_that_goes_away_and_comes_back(postgres: Any) -> None:
    everyone = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname <> ''"

    def use() -> Any:
        with database.begin() as connection:
            connection.scalar(sa.select(sa.literal(1)))
            postgres.psql(f"{everyone};")
            return connection.scalar(sa.select(sa.literal(2)))

    with closing(Database.open(postgres.get_uri())) as database:
        with pytest.raises(UnavailableError, match="does not answer"):
            use()
        with database.begin() as connection:
            assert connection.scalar(sa.select(sa.literal(3))) == 3


def test_mistakes_in_statements_are_not_hidden(database_url: str) -> None:
    row = {"id": "a", "classifier": "c", "state": "running", "stage": "train", "started_at": None}
    with (
        closing(Database.open(database_url)) as database,
        pytest.raises(sa.exc.IntegrityError),
        database.begin() as connection,
    ):
        connection.execute(sa.insert(runs), [row])


def test_a_postgresql_whose_machine_is_gone_is_given_up_as_the_url_says_or_after_half_a_minute(
    postgres: Any,
) -> None:
    url = f"{postgres.get_uri()}&connect_timeout=3&keepalives_idle=7"
    with closing(Database.open(url)) as database, database.read() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        told = raw.info.get_parameters()
    assert {key: told[key] for key in ("connect_timeout", "keepalives_idle", "keepalives_interval")} == {
        "connect_timeout": "3", "keepalives_idle": "7", "keepalives_interval": "5",
    }  # fmt: skip
    assert told["tcp_user_timeout"] == "30000"


def test_sqlite_is_opened_for_several_processes(tmp_path: Path) -> None:
    with (
        closing(Database.open(f"sqlite:///{tmp_path}/a b#c?.db".replace("?", ""))) as database,
        database.begin() as connection,
    ):
        values = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert values == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
    assert [path.name for path in tmp_path.iterdir()] == ["a b#c.db"]


def _contents(folder: Path, but: str = "nothing") -> dict[str, tuple[str, int]]:
    return {
        str(path.relative_to(folder)): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(but)
    }
