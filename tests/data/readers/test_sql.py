from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from ratchet.data.readers.read import origin_of, read
from ratchet.data.readers.sql import _engine
from ratchet.errors import DataError


@pytest.fixture
def database(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'rows.db'}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("create table rows (text varchar, n integer, y varchar)"))
        values = [{"t": f"text {n}", "n": n, "y": "a" if n % 2 else "b"} for n in range(5)]
        connection.execute(sa.text("insert into rows values (:t, :n, :y)"), values)
    engine.dispose()
    return url


def test_a_table_and_a_query(database: str) -> None:
    batches = list(read(f"{database}?table=rows", batch_rows=2))
    assert [batch.frame.height for batch in batches] == [2, 2, 1]
    assert dict(batches[0].frame.schema) == {"text": pl.String, "n": pl.Int64, "y": pl.String}
    query = "select text as t, n * 2 as twice from rows where y = 'a' and text like '%1%' and text <> 'a:b'"
    (batch,) = read(f"{database}?query={query}")
    assert batch.frame.rows() == [("text 1", 2)]
    (batch,) = read(f"{database}?query=select%20n%20from%20rows%20where%20n%3D3")
    assert batch.frame.rows() == [(3,)]


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ("", "neither which table nor which query"),
        ("?table=absent", "no such table"),
        ("?query=selec 1", "more than one select"),
        ("?query=select from where", "syntax error"),
        ("?query=select 1 as a, 2 as a", "more than once: a"),
        ("?query=select 1 where 1 = 2", "no rows"),
    ],
)
def test_what_cannot_be_read_is_refused(database: str, rest: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        list(read(database + rest))


@pytest.mark.parametrize("name", ["rows.db", "50% of it.db", "a#b & c.db"])
@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_file_is_opened_for_reading_only(tmp_path: Path, name: str, mode: str) -> None:
    path = tmp_path / "rows" / name
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as writer:
        writer.execute(f"pragma journal_mode = {mode}")
        writer.execute("create table rows as select 1 as n")
        writer.commit()
        before = path.read_bytes()
        if mode == "delete":
            path.parent.chmod(0o500)
        try:
            (batch,) = read(f"sqlite:///{path}?table=rows")
            assert batch.frame.rows() == [(1,)], "in WAL mode it lies beside the file yet"
            if mode == "delete":
                assert [each.name for each in path.parent.iterdir()] == [name]
        finally:
            path.parent.chmod(0o700)
    assert mode == "wal" or path.read_bytes() == before


def test_nothing_can_be_written_through_what_is_opened(database: str) -> None:
    with (
        _engine(sa.make_url(database)).connect() as connection,
        pytest.raises(sa.exc.OperationalError, match="readonly"),
    ):
        connection.execute(sa.text("delete from rows"))


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no database file"):
        list(read(f"sqlite:///{tmp_path}/absent.db?table=rows"))
    assert not (tmp_path / "absent.db").exists()


def test_a_password_is_not_shown() -> None:
    shown = origin_of("postgresql://me:secret@nowhere.invalid/base?table=rows")
    assert "secret" not in shown
    assert "nowhere.invalid" in shown


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_is_streamed_and_typed(database_url: str) -> None:
    engine = sa.create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    statement = (
        "create table things as select n, n / 4.0 as price, 'text ' || n as text, n % 2 = 0 as even, "
        "timestamptz '2026-03-31 12:00+02' as at, '\\xff00'::bytea as bytes, gen_random_uuid() as id "
        "from generate_series(1, 1200) as n"
    )
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()
    mark = "&" if "?" in database_url else "?"
    batches = list(read(f"{database_url}{mark}table=public.things", batch_rows=500))
    assert [batch.frame.height for batch in batches] == [500, 500, 200]
    row = batches[0].frame.row(1, named=True)
    assert row["price"] == float(Decimal("0.5"))
    assert (row["n"], row["text"], row["even"], row["bytes"]) == (2, "text 2", True, b"\xff\x00")
    assert row["at"] == datetime(2026, 3, 31, 10, tzinfo=UTC).replace(tzinfo=None)
    assert len(row["id"]) == 36
    with pytest.raises(DataError, match="does not exist"):
        list(read(f"{database_url}{mark}table=absent"))


@pytest.mark.parametrize("address", ["u:sEcret@h/x", "u:sE?cret@h/x", "u:sE@cret@h/x?table=t", "h/x?password=sEcret"])
def test_a_password_is_not_shown_where_the_address_is_no_good(address: str) -> None:
    with pytest.raises(DataError) as caught:
        list(read(f"postgresql://{address}"))
    assert "cret" not in str(caught.value)


@pytest.mark.parametrize(("start", "end"), [(0, 16), (100, 4_000), (4_096, 8_192)])
def test_a_damaged_database_is_refused_in_words(tmp_path: Path, start: int, end: int) -> None:
    path = tmp_path / "rows.db"
    database = sqlite3.connect(path)
    database.execute("create table rows (t text, y text)")
    database.executemany("insert into rows values (?, ?)", [("x" * 200, "a")] * 500)
    database.commit()
    database.close()
    content = bytearray(path.read_bytes())
    content[start:end] = b"\xa5" * (end - start)
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"rows\.db cannot be read: .*(malformed|not a database|no such table)"):
        list(read(f"sqlite:///{path}?table=rows"))
