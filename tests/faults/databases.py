"""Databases that are held, stopped, crashed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing

from tests.faults.accounts import account
from tests.faults.clients import asking
from tests.faults.postgres import Postgres, postgres, trained
from tests.faults.scenario import Counts, scenario
from tests.faults.server import serving
from tests.faults.workspaces import Workspaces

KEPT = "Answers go on while the database is away, and are all in it afterwards."


@scenario(KEPT, few=2, many=100)
def sqlite_locked(workspaces: Workspaces, rounds: int) -> Counts:
    """another process begins to write to ratchet.db and does not end, while 4 connections are answered"""
    root = workspaces.trained()
    with serving(root) as server, asking(server.address, 4) as clients:
        for _ in range(rounds):
            clients.more(answers=50)
            with closing(sqlite3.connect(root / ".ratchet" / "ratchet.db", isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                clients.more(answers=400)
                other.execute("ROLLBACK")
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
