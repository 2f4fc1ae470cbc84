"""Clients that send without end, or do not take what they asked for; each is bounded by what the server keeps of it."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

from tests.faults.accounts import account
from tests.faults.clients import ROW, asking
from tests.faults.scenario import Counts, scenario
from tests.faults.server import serving
from tests.faults.workspaces import Workspaces

PROMISE = "What one client sends or does not read takes a bounded share of memory, and the others are answered."
SENT = 32 << 20
"""Bytes that each client sends, unless it is cut off or read from no more."""
MOST = 64 << 20
"""Bytes that the server may grow by while 8 of them are at it: a quarter of what they send."""
TOGETHER = 8


@scenario(PROMISE, few=1, many=40)
def headers_without_end(workspaces: Workspaces, rounds: int) -> Counts:
    """8 clients send 32 MB of headers each"""
    return _flooded(
        workspaces, rounds, b"GET /health HTTP/1.1\r\nHost: localhost\r\n", b"x-more: " + b"x" * 4000 + b"\r\n"
    )


@scenario(PROMISE, few=1, many=40)
def feedback_without_end(workspaces: Workspaces, rounds: int) -> Counts:
    """8 clients send 32 MB of feedback each"""
    head = b"POST /feedback HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    length = b"Content-Length: %d\r\n\r\n" % (SENT + 1)
    return _flooded(workspaces, rounds, head + length + b'{"id": "', b"x" * 65_536)


@scenario(PROMISE, few=1, many=40)
def requests_without_reading(workspaces: Workspaces, rounds: int) -> Counts:
    """8 clients send 32 MB of requests each and read no answer"""
    request = (
        b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
    )
    return _flooded(workspaces, rounds, b"", (request % (len(ROW), ROW)) * 100)


def _flooded(workspaces: Workspaces, rounds: int, head: bytes, piece: bytes) -> Counts:
    root, answered, failed = workspaces.trained(), set[str](), 0
    for _ in range(rounds):
        with serving(root) as server, asking(server.address, 2, pause=0.02) as clients, ExitStack() as open_ones:
            clients.until(answers=50)
            before = server.memory
            with ThreadPoolExecutor(TOGETHER) as pool:
                flooding = [pool.submit(_flood, server.address, head, piece) for _ in range(TOGETHER)]
                for each in flooding:
                    open_ones.enter_context(each.result())
            clients.more(answers=50)
            grown = server.memory - before
            clients.stop()
            assert grown < MOST, f"the server grew by {grown:,} bytes"
        answered |= clients.answers.keys()
        failed += clients.failed()
    return account(root, answered, tried=TOGETHER * rounds, failed=failed)


def _flood(address: str, head: bytes, piece: bytes) -> socket.socket:
    """A connection that has sent all, or was cut off, or is read from no more."""
    place = urlsplit(address)
    made = socket.create_connection((str(place.hostname), place.port or 80), timeout=5)
    with suppress(OSError):
        made.sendall(head)
        for _ in range(SENT // len(piece)):
            made.sendall(piece)
    return made
