from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ratchet import clock
from ratchet.access import usage
from ratchet.access.counting import OTHERS, Counting
from ratchet.errors import RequestError, UnavailableError
from ratchet.store.database import Database
from ratchet.store.tables import usage_hours

ADDS = """
import sys
from ratchet.access.counting import Counting
from ratchet.store.database import Database
database = Database.open(sys.argv[1])
counting = Counting(database)
for number in range(300):
    counting.add("films", f"caller {number % 7}", "predict", label="good", requests=1, rows=1)
    if number % 10 == 0:
        counting.flush()
counting.flush()
database.close()
"""


def totals(database: Database) -> tuple[int, int, int]:
    with database.read() as connection:
        row = connection.execute(
            sa.select(*(sa.func.sum(usage_hours.c[name]) for name in ("requests", "rows", "refused")))
        ).one()
    return tuple(int(each or 0) for each in row)  # type: ignore[return-value]


def test_what_several_processes_count_adds_up(database: Database, database_url: str) -> None:
    running = [subprocess.Popen([sys.executable, "-c", ADDS, database_url]) for _ in range(4)]
    assert [each.wait(timeout=120) for each in running] == [0] * 4
    assert totals(database) == (1_200, 1_200, 0)


def test_a_database_that_is_away_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ratchet.db"
    database = Database.open(path)
    counting = Counting(database)
    counting.add("films", "ann", "predict", label="good", requests=1, rows=1)
    counting.flush()
    aside = path.rename(tmp_path / "aside.db")
    counting.add("films", "ann", "predict", label="good", requests=1, rows=1)
    with pytest.raises(UnavailableError):
        counting.flush()
    counting.add("films", "ann", "predict", label="good", requests=1, rows=1)
    counting.tend()
    assert counting.problem
    assert "counted in memory only" in counting.problem
    aside.rename(path)
    counting.flush()
    assert totals(database) == (3, 3, 0)
    database.close()


def test_memory_is_bounded_and_the_sums_still_hold(database: Database) -> None:
    counting = Counting(database, most_held=10)
    for number in range(100):
        counting.add("films", f"caller {number}", "predict", requests=1)
    assert len(counting._held) <= 11
    counting.flush()
    assert totals(database) == (100, 0, 0)
    found = usage.read(database, since=clock.now(), caller=OTHERS)
    assert found.total.requests == 90


def test_long_names_are_cut_and_add_up(database: Database) -> None:
    counting = Counting(database)
    for end in "ab":
        counting.add("films", "x" * 200 + end, "predict", requests=1)
    counting.flush()
    assert [each.by for each in usage.read(database, since=clock.now()).counts] == [{"key": "x" * 128}]


def hours(database: Database, *rows: tuple[datetime, str, str, str, int]) -> None:
    with database.begin() as connection:
        for hour, caller, route, label, count in rows:
            connection.execute(
                sa.insert(usage_hours).values(
                    hour=hour, classifier="films", caller=caller, route=route, label=label, requests=count, rows=count,
                    refused=1,
                )
            )  # fmt: skip


def test_usage_is_told_by_what_is_asked(database: Database) -> None:
    first = datetime(2026, 3, 1, 22, tzinfo=UTC)
    hours(
        database,
        (first, "ann", "predict", "good", 3),
        (first + timedelta(hours=1), "ann", "predict", "bad", 4),
        (first + timedelta(hours=2), "bob", "predict/batch", "good", 10),
    )
    whole: Any = {"since": first, "until": first + timedelta(days=1)}
    told = {
        by: {tuple(each.by.values()): each.rows for each in usage.read(database, by=by.split(","), **whole).counts}
        for by in ("key", "route", "class", "classifier", "hour", "day", "day,key")
    }
    assert told == {
        "key": {("bob",): 10, ("ann",): 7},
        "route": {("predict/batch",): 10, ("predict",): 7},
        "class": {("good",): 13, ("bad",): 4},
        "classifier": {("films",): 17},
        "hour": {("2026-03-01T22:00Z",): 3, ("2026-03-01T23:00Z",): 4, ("2026-03-02T00:00Z",): 10},
        "day": {("2026-03-01",): 7, ("2026-03-02",): 10},
        "day,key": {("2026-03-01", "ann"): 7, ("2026-03-02", "bob"): 10},
    }
    found = usage.read(database, since=first + timedelta(hours=1, minutes=30), until=first + timedelta(hours=2))
    assert (found.total.rows, found.total.refused) == (4, 1)
    assert usage.read(database, caller="ann", classifier="books", **whole).total.requests == 0


@pytest.mark.parametrize("by", [[], ["colour"], ["key", "x" * 500]])
def test_what_usage_cannot_be_told_by_is_refused(database: Database, by: list[str]) -> None:
    with pytest.raises(RequestError, match="usage cannot be told by"):
        usage.read(database, by=by, since=clock.now())
