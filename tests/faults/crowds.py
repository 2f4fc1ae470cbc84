"""Connections that do nothing, or next to nothing."""

from __future__ import annotations

import resource
import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

from tests.faults.accounts import account
from tests.faults.clients import asking
from tests.faults.scenario import Counts, MissingError, scenario
from tests.faults.server import serving
from tests.faults.workspaces import Workspaces

MOST_BYTES = 64 << 10
"""What a connection that does nothing may take of the server's memory: its socket's buffers and its protocol object."""
BESIDE = 200
"""Files that the server and we have open beside the connections."""


@scenario("Who only holds a connection keeps nobody from being answered.", few=300, many=10_000)
def idle_connections(workspaces: Workspaces, rounds: int) -> Counts:
    """so many connections are opened and say nothing, while 4 others ask; each may take 64 KB of memory at most"""
    _allow_files(rounds + BESIDE)
    root = workspaces.trained()
    with serving(root) as server, ExitStack() as idle:
        with asking(server.address, 4) as clients:
            clients.until(answers=200)
        before, place = server.memory, urlsplit(server.address)
        for _ in range(rounds):
            idle.enter_context(socket.create_connection((str(place.hostname), place.port or 80), timeout=60))
        with asking(server.address, 4) as others:
            others.until(answers=400)
        assert server.memory - before < rounds * MOST_BYTES + (32 << 20), f"{server.memory - before:,} bytes more"
    answered = clients.answers.keys() | others.answers.keys()
    return account(root, answered, tried=rounds, failed=clients.failed() + others.failed())


def _allow_files(count: int) -> None:
    """Let this process, and those that it starts, have so many files open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        raise MissingError(f"{count} open files are needed, and {hard} are allowed (ulimit -n)")
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
