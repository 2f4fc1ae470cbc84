"""Connections within limits: real sockets of clients that send too much, too slowly, or read nothing."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any

import msgspec
import psutil
import pytest
from httpx import Client

from ratchet.web import protocol
from ratchet.web.protocol import MOST_HEAD

ROW = b'{"text": "good"}'
POST = b"POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
PREDICT = POST + b"content-length: %d\r\n\r\n" % len(ROW) + ROW
INFO = b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n"

Connect = Callable[[], socket.socket]


@pytest.fixture
def connect(client: Client) -> Iterator[Connect]:
    opened = []

    def one() -> socket.socket:
        opened.append(socket.create_connection(("127.0.0.1", client.base_url.port or 0), timeout=20))
        return opened[-1]

    yield one
    for each in opened:
        each.close()


def heard(connection: socket.socket) -> bytes:
    """All that comes until the server hangs up."""
    found = b""
    while part := connection.recv(1 << 16):
        found += part
    return found


def refused(answer: bytes, status: int) -> dict[str, Any]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), answer[:200]
    assert b"application/problem+json" in head
    told: dict[str, Any] = msgspec.json.decode(body)
    assert told["status"] == status
    return told


def flood(connection: socket.socket, part: bytes, most: int) -> int:
    """Bytes that could be sent, again and again the same, before nobody took more."""
    sent = 0
    with suppress(OSError):
        while sent < most:
            sent += connection.send(part)
    return sent


LINES = b"x: " + b"y" * 900 + b"\r\n"


@pytest.mark.parametrize(("start", "part"), [(POST, LINES), (POST + b"x: ", b"y" * 1_000), (b"GET /", b"y" * 1_000)])
def test_headers_are_at_most_so_large(connect: Connect, start: bytes, part: bytes) -> None:
    connection = connect()
    connection.sendall(start + part * (2 * MOST_HEAD // 1_000))
    assert "more than 64 KB" in refused(heard(connection), 431)["found"]
    assert flood(connection, part * 100, 1 << 30) < 100 << 20


@pytest.mark.parametrize(("size", "status"), [(MOST_HEAD - 500, 200), (MOST_HEAD + 500, 431)])
def test_headers_are_measured_exactly(connect: Connect, size: int, status: int) -> None:
    connection = connect()
    lines = b"".join(b"x-%05d: %b\r\n" % (at, b"y" * 989) for at in range(size // 1_000))
    connection.sendall(POST + lines + b"z: " + b"z" * (size % 1_000) + b"\r\nconnection: close\r\n")
    connection.sendall(b"content-length: 16\r\n\r\n" + ROW)
    assert heard(connection).startswith(b"HTTP/1.1 %d " % status)


def test_what_a_chunked_body_brings_besides_is_bounded_too(connect: Connect) -> None:
    connection = connect()
    connection.sendall(POST + b"transfer-encoding: chunked\r\n\r\n10\r\n" + ROW + b"\r\n0\r\nx: ")
    connection.sendall(b"y" * (2 * MOST_HEAD))
    refused(heard(connection), 431)


@pytest.mark.parametrize("begun", [b"", b"GET /health HTT", POST, POST + b"content-length: 16\r\n\r\n{", POST +
                                   b"transfer-encoding: chunked\r\n\r\n1\r\n{\r\n"])  # fmt: skip
def test_who_does_not_go_on_is_left(connect: Connect, monkeypatch: pytest.MonkeyPatch, begun: bytes) -> None:
    monkeypatch.setattr(protocol, "PATIENCE_SECONDS", 2.0)
    connection = connect()
    connection.sendall(begun)
    answer = heard(connection)
    if begun:
        assert "next to nothing" in refused(answer, 408)["found"]
    else:
        assert answer == b""


def test_a_byte_now_and_then_is_next_to_nothing(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "PATIENCE_SECONDS", 2.0)
    slow, quick = connect(), connect()
    slow.sendall(POST + b"content-length: 1000000\r\n\r\n")
    quick.sendall(POST + b"connection: close\r\ncontent-length: %d\r\n\r\n" % (len(ROW) + 40 * 1_000) + ROW)
    slow.settimeout(0.1)
    answer = b""
    for _ in range(40):
        quick.sendall(b" " * 1_000)
        try:
            slow.sendall(b" ")
            answer = answer or slow.recv(1 << 16)
        except (TimeoutError, ConnectionError):
            pass
    refused(answer, 408)
    assert heard(quick).startswith(b"HTTP/1.1 200 ")  # slow too, but it gets on


def test_who_has_closed_its_half_gets_its_answer(connect: Connect) -> None:
    for asked, count in ((PREDICT, 1), (INFO + PREDICT + INFO, 3), (INFO + b"GET /he", 1)):
        connection = connect()
        connection.sendall(asked)
        connection.shutdown(socket.SHUT_WR)
        assert heard(connection).count(b"HTTP/1.1 200 OK") == count
    connection = connect()
    connection.sendall(PREDICT[:-1])
    connection.shutdown(socket.SHUT_WR)
    assert heard(connection) == b""


def test_requests_in_a_row_are_answered_in_order(connect: Connect) -> None:
    connection = connect()
    large = b'{"text": "good"%b}' % (b" " * 200_000)
    connection.sendall((PREDICT + INFO + POST + b"content-length: %d\r\n\r\n" % len(large) + large) * 20)
    connection.shutdown(socket.SHUT_WR)
    answers = heard(connection).split(b"HTTP/1.1 ")[1:]
    assert [each[:3] for each in answers] == [b"200"] * 60
    assert [b'{"live":true}' in each for each in answers] == [False, True, False] * 20


def test_who_reads_nothing_is_not_read_either(connect: Connect) -> None:
    connection = connect()
    connection.settimeout(1)
    before = psutil.Process().memory_info().rss
    assert flood(connection, INFO * 1_000, 200 << 20) < 200 << 20
    assert psutil.Process().memory_info().rss - before < 64 << 20


def test_who_reads_nothing_for_long_is_left(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "UNREAD_SECONDS", 2.0)
    rows = b"[" + b",".join([ROW] * 40_000) + b"]"
    asked = b"POST /predict/batch" + POST.removeprefix(b"POST /predict") + b"content-length: %d\r\n\r\n" % len(rows)
    connection = connect()
    connection.sendall(asked + rows)
    found = connection.recv(1)
    time.sleep(5)
    with suppress(ConnectionError):
        found += heard(connection)
    assert found.startswith(b"HTTP/1.1 200 OK")
    assert not found.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/9\r\n\r\n", b"hello\r\n\r\n", b"GET /\xff HTTP/1.1\r\n\r\n"]
)
def test_what_is_no_http_is_told_so(connect: Connect, sent: bytes) -> None:
    connection = connect()
    connection.sendall(sent)
    assert "not HTTP/1.1" in refused(heard(connection), 400)["found"]


def test_only_http_is_spoken(connect: Connect) -> None:
    for upgrade in (b"websocket", b"h2c"):
        connection = connect()
        connection.sendall(INFO[:-2] + b"connection: upgrade\r\nupgrade: " + upgrade + b"\r\n\r\n")
        with closing(connection):
            assert heard(connection).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    ("after", "status"),
    [
        (b"garbage\r\n\r\n", 400),
        (POST + b"transfer-encoding: chunked\r\n\r\nno length\r\n", 400),
        (POST + b"transfer-encoding: chunked\r\n\r\n10\r\n" + ROW + b"\r\nno length\r\n", 400),
        (b"GET /" + b"y" * (2 * MOST_HEAD), 431),
    ],
)
@pytest.mark.parametrize("count", [1, 2, 5])
def test_those_before_what_is_refused_are_answered(connect: Connect, after: bytes, status: int, count: int) -> None:
    for whole in (PREDICT, INFO):
        connection = connect()
        connection.sendall(whole * count + after)
        first, *answers = heard(connection).split(b"HTTP/1.1 ")
        assert first == b""
        assert [each[:3] for each in answers] == [b"200"] * count + [b"%d" % status]
        assert msgspec.json.decode(answers[-1].partition(b"\r\n\r\n")[2])["status"] == status


def test_what_is_no_http_is_not_logged_line_by_line(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        connection = connect()
        connection.sendall(b"hello\r\n\r\n")
        refused(heard(connection), 400)
    assert not caplog.records
