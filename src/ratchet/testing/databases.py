"""The database kit: `check_database` tries to break every promise of `ratchet.store.database.Database`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import sqlalchemy as sa

from ratchet.store.database import Database, insert_adding, insert_ignore
from ratchet.store.tables import ledger, prediction_hours, runs

_NOON = datetime(2024, 5, 6, 12, 0, 0, 123456, tzinfo=UTC)


def check_database(make: Callable[[], Database]) -> None:
    """Run every check of this kit; ``make`` opens a database that holds no rows, the same one each time or another."""
    for check in CHECKS:
        check(make)


def check_all_or_nothing(make: Callable[[], Database]) -> None:
    """A block that raises leaves nothing; one that ends leaves everything, for every connection."""
    with _opened(make) as database:
        try:
            with database.begin() as connection:
                connection.execute(sa.insert(runs), [_run("lost")])
                raise KeyError("on purpose")
        except KeyError:
            pass
        assert _ids(database) == [], "a block that raised left a row"
        with database.begin() as connection:
            connection.execute(sa.insert(runs), [_run("kept")])
        assert _ids(database) == ["kept"], "a block that ended left its row"


def check_insert_ignore(make: Callable[[], Database]) -> None:
    """Rows that are there already, or twice in one call, are skipped, and the keys of the others come back."""
    with _opened(make) as database:
        with database.begin() as connection:
            assert insert_ignore(connection, runs, []) == set(), "no rows insert nothing"
            found = insert_ignore(connection, runs, [_run("a"), _run("b"), _run("a")])
            assert found == {("a",), ("b",)}, "two of three are new"
            assert insert_ignore(connection, runs, [_run("b"), _run("c")]) == {("c",)}, "one of two is new"
            assert insert_ignore(connection, runs, [_run("c")]) == set(), "none is new"
            many = [_run(f"m{number}") for number in range(2_500)]
            found = insert_ignore(connection, runs, [_run("a"), *many])
            assert found == {(run["id"],) for run in many}, "2,500 of 2,501 are new"
        assert len(_ids(database)) == 2_503, "each is there once"


def check_insert_adding(make: Callable[[], Database]) -> None:
    """Numbers under a key that is there are added to, whoever adds at once; none is lost."""
    with _opened(make) as database:

        def add(first: int) -> None:
            with database.begin() as connection:
                insert_adding(connection, prediction_hours, [])
                labels = ("a", "b", "c") if first % 2 else ("c", "b", "a")
                insert_adding(connection, prediction_hours, [_hour(label, 2, 0.5) for label in labels])

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(add, range(16)))
        with database.begin() as connection:
            insert_adding(connection, prediction_hours, [_hour("a", 1, 0.25)])
        columns = prediction_hours.c
        with database.read() as connection:
            found = connection.execute(
                sa.select(columns.label, columns.count, columns.confidence).order_by(columns.label)
            ).all()
        assert [tuple(row) for row in found] == [("a", 33, 8.25), ("b", 32, 8.0), ("c", 32, 8.0)], f"found {found}"


def check_values(make: Callable[[], Database]) -> None:
    """Moments come back in UTC to the microsecond, JSON and text as they were."""
    elsewhere = _NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    outcome = {"text": "déjà vu \U0001f600", "numbers": [1, 2.5, None, True], "nested": {"a": {}}}
    with _opened(make) as database:
        with database.begin() as connection:
            connection.execute(sa.insert(runs), [{**_run("a"), "started_at": elsewhere, "outcome": outcome}])
        with database.read() as connection:
            row = connection.execute(sa.select(runs)).one()
        assert row.started_at == _NOON, f"the moment is {_NOON}, found {row.started_at}"
        assert row.started_at.utcoffset() == timedelta(0), "moments come back in UTC"
        assert row.outcome == outcome, f"JSON comes back as it was, found {row.outcome}"
        assert row.finished_at is None, "nothing comes back as nothing"


def check_reading_only(make: Callable[[], Database]) -> None:
    """A statement that writes fails in `read`, and a later `begin` writes all the same."""
    with _opened(make) as database:
        try:
            with database.read() as connection:
                connection.execute(sa.insert(runs), [_run("a")])
        except Exception as error:
            assert not isinstance(error, AssertionError)  # noqa: PT017 - each database has its own words
        assert _ids(database) == [], "read wrote a row"
        with database.begin() as connection:
            connection.execute(sa.insert(runs), [_run("a")])
        assert _ids(database) == ["a"], "begin writes after read"


def check_one_after_the_other(make: Callable[[], Database]) -> None:
    """What a transaction begun with `alone` has read still holds when it writes."""
    with _opened(make) as database:

        def add(_: int) -> None:
            with database.begin(alone="ledger of reviews") as connection:
                before = connection.scalar(sa.select(sa.func.max(ledger.c.version))) or 0
                entry = {
                    "version": before + 1,
                    "previous": before,
                    "event": "promoted",
                    "actor": "kit",
                    "reason": "a test",
                }
                connection.execute(sa.insert(ledger), [{**entry, "classifier": "reviews", "at": _NOON}])

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(add, range(24)))
        with database.read() as connection:
            found = list(connection.scalars(sa.select(ledger.c.version).order_by(ledger.c.seq)))
        assert found == list(range(1, 25)), f"each saw the one before it, found {found}"


def check_readers_do_not_wait(make: Callable[[], Database]) -> None:
    """While one writes, another reads what was there before."""
    with _opened(make) as database, database.begin() as writing:
        writing.execute(sa.insert(runs), [_run("a")])
        assert _ids(database) == [], "a reader sees nothing of a transaction that has not ended"


def check_generated_numbers(make: Callable[[], Database]) -> None:
    """Numbers that the database gives rise."""
    with _opened(make) as database:
        entry = {"classifier": "c", "at": _NOON, "event": "promoted", "version": 1, "actor": "a", "reason": "r"}
        with database.begin() as connection:
            numbers = [connection.execute(sa.insert(ledger).values(**entry)).inserted_primary_key for _ in range(3)]
        found = [number[0] for number in numbers if number]
        assert found == sorted(set(found)), f"numbers rise, found {found}"
        assert len(found) == 3, "each row has a number"


CHECKS = (
    check_all_or_nothing,
    check_insert_ignore,
    check_insert_adding,
    check_values,
    check_reading_only,
    check_one_after_the_other,
    check_readers_do_not_wait,
    check_generated_numbers,
)


@contextmanager
def _opened(make: Callable[[], Database]) -> Iterator[Database]:
    database = make()
    try:
        _empty(database)
        yield database
    finally:
        database.close()


def _empty(database: Database) -> None:
    with database.begin() as connection:
        for table in (runs, ledger, prediction_hours):
            connection.execute(sa.delete(table))


def _run(name: str) -> dict[str, Any]:
    return {
        "id": name, "classifier": "reviews", "kind": "train", "state": "running", "stage": "train", "reason": "",
        "actor": "kit", "owner": "kit", "started_at": _NOON, "heartbeat_at": _NOON, "lease_until": _NOON, "steps": {},
    }  # fmt: skip


def _hour(label: str, count: int, confidence: float) -> dict[str, Any]:
    return {
        "classifier": "reviews", "hour": _NOON, "version": "1", "label": label, "role": "answer", "arm": "",
        "count": count, "abstained": 0, "confidence": confidence, "set_size": 0, "ms": 0.0,
    }  # fmt: skip


def _ids(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.scalars(sa.select(runs.c.id).order_by(runs.c.id)))
