"""Databases that are held, stopped, crashed."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

from tests.faults.accounts import account, versions
from tests.faults.clients import asking, post
from tests.faults.postgres import Postgres, postgres, trained
from tests.faults.scenario import Counts, scenario
from tests.faults.server import serving, wait
from tests.faults.workspaces import Workspaces

KEPT = "Answers go on while the database is away, and are all in it afterwards."


@scenario(KEPT, few=2, many=100)
def sqlite_locked(workspaces: Workspaces, rounds: int) -> Counts:
    """another process begins to write to ratchet.db and does not end, while 4 connections are answered"""
    root = workspaces.trained()
    with serving(root) as server, asking(server.address, 4) as clients:
        for _ in range(rounds):
            clients.more(answers=50)
            with held(root):
                clients.more(answers=400)
        clients.stop()
        assert server.stop() == 0, server.words
    return account(root, clients.answers, tried=rounds, failed=clients.failed())


@scenario(KEPT, few=1, many=50)
def postgresql_stopped(workspaces: Workspaces, rounds: int) -> Counts:
    """PostgreSQL is stopped and started again, while 4 connections are answered"""
    return _away(workspaces, rounds, Postgres.stop)


@scenario(KEPT, few=1, many=50)
def postgresql_crashed(workspaces: Workspaces, rounds: int) -> Counts:
    """kill -9 of every process of PostgreSQL, which is then started again, while 4 connections are answered"""
    return _away(workspaces, rounds, Postgres.crash)


@scenario(KEPT, few=1, many=30)
def postgresql_frozen(workspaces: Workspaces, rounds: int) -> Counts:
    """SIGSTOP of every process of PostgreSQL under 4 connections, until health says so; SIGTERM; SIGCONT"""
    answered, failed = set[str](), 0
    with postgres() as database:
        root = trained(workspaces, database)
        for _ in range(rounds):
            with (
                serving(root, RATCHET_DATABASE_URL=database.url) as server,
                asking(server.address, 4, pause=0.02) as clients,
            ):
                clients.more(answers=50)
                database.freeze()
                wait(lambda: server.problems, "health to say that the database does not answer")
                clients.more(answers=50)
                clients.stop()
                code = server.stop()
                database.thaw()
                assert code in {0, 3}, f"exit code {code}: {server.words}"
            answered |= clients.answers.keys()
            failed += clients.failed()
        return account(root, answered, tried=rounds, failed=failed, database_url=database.url)


@scenario(
    "A database file that is deleted or replaced under the server loses no answer of the last minute.", few=2, many=60
)
def sqlite_replaced(workspaces: Workspaces, rounds: int) -> Counts:
    """ratchet.db is deleted, or replaced by a copy of a moment ago, while 4 connections are answered; health says so"""
    root = workspaces.trained()
    file, copy = root / ".ratchet" / "ratchet.db", root / "copy.db"
    with serving(root) as server, asking(server.address, 4, pause=0.02) as clients:
        for number in range(rounds):
            clients.more(answers=50)
            with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
                source.backup(target)
            clients.more(answers=50)
            for beside in ("", "-wal", "-shm"):
                file.with_name(file.name + beside).unlink(missing_ok=True)
            if number % 2:
                wait(lambda: server.problems, "health to say that the file is gone")
            copy.replace(file)
            clients.more(answers=50)
        clients.stop()
        assert server.stop() == 0, server.words
    return account(root, clients.answers, tried=rounds, failed=clients.failed())


@scenario("A segment that cannot be read holds up no other.", few=1, many=30)
def segment_unreadable(workspaces: Workspaces, rounds: int) -> Counts:
    """a segment of the spool that cannot be read (a folder in its place), while 4 connections are answered"""
    root = workspaces.trained()
    spool = root / ".ratchet" / "spool"
    answered, failed = set[str](), 0
    for number in range(rounds):
        (spool / f"0{number}.seg").mkdir(parents=True)
        with serving(root) as server, asking(server.address, 4, pause=0.02) as clients:
            clients.more(answers=100)
            wait(lambda: server.problems, "health to name the segment")
            wait(lambda: versions(root).keys() & clients.answers.keys(), "the others to be shipped")
            clients.stop()
            assert server.stop() == 0, server.words
        answered |= clients.answers.keys()
        failed += clients.failed()
    return account(root, answered, tried=rounds, failed=failed)


@scenario("Health waits for no database, and what does gets a 503.", few=1, many=30)
def feedback_on_a_locked_database(workspaces: Workspaces, rounds: int) -> Counts:
    """60 clients give feedback while another process holds ratchet.db, and health is asked until they are done"""
    root = workspaces.trained()
    with serving(root) as server, asking(server.address, 2, pause=0.02) as clients:
        failed = 0
        for _ in range(rounds):
            clients.more(answers=60)
            labels = [json.dumps({"id": each, "label": "good"}).encode() for each in list(clients.answers)[-60:]]
            with held(root), ThreadPoolExecutor(60) as pool:
                asked = [pool.submit(post, server.address, "/feedback", each) for each in labels]
                while not all(each.done() for each in asked):
                    assert server.get("/health")["live"]
                statuses = Counter(each.result() for each in asked)
            failed += sum(number for status, number in statuses.items() if status not in {201, 503})
        clients.stop()
        assert server.stop() == 0, server.words
    return account(root, clients.answers, tried=60 * rounds, failed=failed + clients.failed())


@contextmanager
def held(root: Path) -> Iterator[None]:
    """Another process writes to ratchet.db, and does not end before the block does."""
    with closing(sqlite3.connect(root / ".ratchet" / "ratchet.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def _away(workspaces: Workspaces, rounds: int, go: Callable[[Postgres], None]) -> Counts:
    with postgres() as database:
        root = trained(workspaces, database)
        with serving(root, RATCHET_DATABASE_URL=database.url) as server, asking(server.address, 4) as clients:
            for _ in range(rounds):
                clients.more(answers=200)
                go(database)
                clients.more(answers=400)
                database.start()
            clients.more(answers=200)
            clients.stop()
            assert server.stop() == 0, server.words
        return account(root, clients.answers, tried=rounds, failed=clients.failed(), database_url=database.url)
