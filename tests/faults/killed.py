"""kill -9 and SIGTERM of servers that answer."""

from __future__ import annotations

import random
import time

import psutil

from tests.faults.accounts import account
from tests.faults.clients import asking
from tests.faults.scenario import Counts, scenario
from tests.faults.server import Server, serving, wait
from tests.faults.workspaces import Workspaces


@scenario("An answer that a client has seen is in the log, once.", few=2, many=200)
def killed_while_answering(workspaces: Workspaces, rounds: int) -> Counts:
    """kill -9 of a server under 4 connections, at a random moment; the next one starts over what is left"""
    root, chance, answered = workspaces.trained(), random.Random(1), set[str]()
    for number in range(rounds):
        fsync = "true" if number % 2 else "false"
        with serving(root, RATCHET_FSYNC=fsync) as server, asking(server.address, 4) as clients:
            clients.until(answers=chance.randrange(1, 400))
            server.kill()
        answered |= clients.answers.keys()
    return account(root, answered, tried=rounds)


@scenario("Any number of servers may share a workspace.", few=1, many=100)
def two_killed_by_turns(workspaces: Workspaces, rounds: int) -> Counts:
    """two servers over one workspace, batches of 500 rows to both; kill -9 of one, then of the other, at random"""
    root, chance, answered = workspaces.trained(), random.Random(2), set[str]()
    for _ in range(rounds):
        with (
            serving(root) as first,
            serving(root) as second,
            asking(first.address, 1, rows=500) as one,
            asking(second.address, 1, rows=500) as other,
        ):
            one.until(answers=chance.randrange(500, 5_000))
            first.kill()
            other.until(answers=chance.randrange(500, 5_000))
            second.kill()
        answered |= one.answers.keys() | other.answers.keys()
    return account(root, answered, tried=2 * rounds)


@scenario("SIGTERM lets every request in flight have its answer, and exits with 0.", few=2, many=100)
def terminated_while_answering(workspaces: Workspaces, rounds: int) -> Counts:
    """SIGTERM of a server under 8 connections, at a random moment"""
    root, chance, answered, failed = workspaces.trained(), random.Random(3), set[str](), 0
    for _ in range(rounds):
        with serving(root) as server, asking(server.address, 8) as clients:
            clients.until(answers=chance.randrange(1, 300))
            told = time.monotonic()
            code = server.stop()
            assert code == 0, f"exit code {code}: {server.words}"
        answered |= clients.answers.keys()
        failed += clients.failed(until=told)
    return account(root, answered, tried=rounds, failed=failed)


@scenario("A worker that is killed is replaced, and what it answered is in the log, once.", few=2, many=200)
def worker_killed_while_answering(workspaces: Workspaces, rounds: int) -> Counts:
    """kill -9 of one of two workers under 8 connections, at a random moment; connections then find both again"""
    root, chance, answered = workspaces.trained(), random.Random(4), set[str]()
    with serving(root, workers=2) as server:
        for _ in range(rounds):
            with asking(server.address, 8) as clients:
                clients.until(answers=chance.randrange(1, 400))
                killed = chance.choice(server.workers)
                killed.kill()
                clients.more(answers=50)
            answered |= clients.answers.keys()
            _until_replaced(server, killed)
            with asking(server.address, 8) as clients:
                clients.until(answers=50)
            answered |= clients.answers.keys()
            assert clients.failed() == 0, f"{clients.refused}, {len(clients.cut)} cut off"
        assert server.stop() == 0, server.words
    return account(root, answered, tried=rounds)


@scenario("Workers do not outlive the one that keeps them.", few=1, many=100)
def keeper_killed_while_answering(workspaces: Workspaces, rounds: int) -> Counts:
    """kill -9 of the process that keeps two workers under 4 connections, at a random moment"""
    root, chance, answered = workspaces.trained(), random.Random(5), set[str]()
    for _ in range(rounds):
        with serving(root, workers=2) as server, asking(server.address, 4) as clients:
            clients.until(answers=chance.randrange(1, 400))
            workers = server.workers
            server.kill()
            _until_ended(workers)
        answered |= clients.answers.keys()
    return account(root, answered, tried=rounds)


def _until_replaced(server: Server, killed: psutil.Process) -> None:
    wait(lambda: killed not in server.workers and len(server.workers) == 2, "a worker in its place")


def _until_ended(workers: list[psutil.Process]) -> None:
    wait(lambda: not any(each.is_running() for each in workers), "workers that end")
