"""A webhook reaches the host that was set and no other, within its time, signed."""

from __future__ import annotations

import http.server
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from ratchet.access.outbound import MOST_SENT, SIGNATURE, Allowed, is_open, post, verify
from ratchet.clock import now
from ratchet.errors import RatchetError, RefusedError, SettingsError, UnavailableError
from tests.store.test_tls import certificate

HERE = Allowed.parse("127.0.0.0/8")
SECRET = "whsec"


class Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps what it is sent, and answers as its server was told to."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((self.path, dict(self.headers), body))  # type: ignore[attr-defined]
        self.server.answer(self)  # type: ignore[attr-defined]

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _taken(handler: http.server.BaseHTTPRequestHandler) -> None:
    handler.send_response(204)
    handler.end_headers()


@contextmanager
def receiver(
    answer: Callable[[http.server.BaseHTTPRequestHandler], None] = _taken,
    tls: ssl.SSLContext | None = None,
    port: int = 0,
) -> Iterator[http.server.ThreadingHTTPServer]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Receiver)
    server.daemon_threads = True
    server.got = []  # type: ignore[attr-defined]
    server.answer = answer  # type: ignore[attr-defined]
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_message_comes_signed() -> None:
    with receiver() as server:
        post(f"http://127.0.0.1:{server.server_port}/hook?x=1", b'{"a":1}', SECRET, allowed=HERE)
        ((path, headers, body),) = server.got  # type: ignore[attr-defined]
    assert (path, body) == ("/hook?x=1", b'{"a":1}')
    assert headers["Host"] == f"127.0.0.1:{server.server_port}"
    at = now().timestamp()
    assert verify(body, headers[SIGNATURE], SECRET, now=at)
    assert not verify(body + b" ", headers[SIGNATURE], SECRET, now=at)
    assert not verify(body, headers[SIGNATURE], "another", now=at)
    assert not verify(body, headers[SIGNATURE], SECRET, now=at + 301), "an old one may be a copy"
    assert not verify(body, "t=1", SECRET, now=at)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "::", "::1",
        "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
        "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2001:db8::1", "2001::1",
    ],
)  # fmt: skip
def test_a_name_that_stands_for_no_open_address_is_refused(address: str) -> None:
    assert not is_open(ipaddress.ip_address(address))
    with pytest.raises(RefusedError, match="no address of the open internet"):
        post("https://hooks.example/", b"{}", SECRET, resolve=lambda *_: [address])
    with pytest.raises(RefusedError):
        post("https://hooks.example/", b"{}", SECRET, resolve=lambda *_: ["93.184.216.34", address])


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946"])
def test_an_address_of_the_open_internet_is_none_of_these(address: str) -> None:
    assert is_open(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "0177.0.0.1", "[::1]", "[::ffff:7f00:1]", "0"],
)
def test_no_spelling_of_this_machine_gets_by(host: str) -> None:
    with receiver() as server:
        with pytest.raises((RefusedError, UnavailableError)):
            post(f"http://{host}:{server.server_port}/", b"{}", SECRET)
        assert server.got == []  # type: ignore[attr-defined]


def test_a_redirect_is_not_followed() -> None:
    with receiver() as inside:

        def redirect(handler: http.server.BaseHTTPRequestHandler) -> None:
            handler.send_response(307)
            handler.send_header("Location", f"http://127.0.0.1:{inside.server_port}/admin")
            handler.end_headers()

        with receiver(redirect) as server, pytest.raises(UnavailableError, match="redirects"):
            post(f"http://127.0.0.1:{server.server_port}/", b"{}", SECRET, allowed=HERE)
        assert inside.got == []  # type: ignore[attr-defined]


def test_the_address_that_was_checked_is_the_one_that_is_connected_to() -> None:
    asked = list[str]()

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    with receiver() as server:
        post(f"http://hooks.example:{server.server_port}/", b"{}", SECRET, allowed=HERE, resolve=rebinding)
        ((_, headers, _),) = server.got  # type: ignore[attr-defined]
    assert asked == ["hooks.example"], "the name is looked up once"
    assert headers["Host"] == f"hooks.example:{server.server_port}"


def test_a_host_that_is_allowed_by_name_is_reached_by_that_name_only() -> None:
    allowed = Allowed.parse("hooks.internal")
    with receiver() as server:
        url = f"http://hooks.internal:{server.server_port}/"
        post(url, b"{}", SECRET, allowed=allowed, resolve=lambda *_: ["127.0.0.1"])
        with pytest.raises(RefusedError):
            post(url.replace("internal", "other"), b"{}", SECRET, allowed=allowed, resolve=lambda *_: ["127.0.0.1"])
        assert len(server.got) == 1  # type: ignore[attr-defined]


@contextmanager
def _trickle(start: bytes, drop: bytes) -> Iterator[int]:
    """A server that sends a byte now and then, for ever."""
    listening, over = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def serve() -> None:
        client, _ = listening.accept()
        with client:
            try:
                client.sendall(start)
                while not over.wait(0.05):
                    client.sendall(drop)
            except OSError:
                pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        over.set()
        thread.join()
        listening.close()


@pytest.mark.parametrize(
    ("start", "drop"), [(b"", b""), (b"HTTP/1.1 200 OK\r\n", b"x"), (b"", b"HTTP/1.1 100 Continue\r\n\r\n")]
)
def test_a_server_that_is_slow_for_ever_is_given_up(start: bytes, drop: bytes) -> None:
    with _trickle(start, drop) as port, pytest.raises(UnavailableError):
        post(f"http://127.0.0.1:{port}/", b"{}", SECRET, allowed=HERE, patience=0.5)


def test_a_huge_answer_is_not_read() -> None:
    sent = 0

    def huge(handler: http.server.BaseHTTPRequestHandler) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.send_header("Content-Length", str(1 << 50))
        handler.end_headers()
        with suppress(OSError):  # it hangs up
            for _ in range(1_000):
                handler.wfile.write(b"x" * (1 << 20))
                sent += 1

    with receiver(huge) as server:
        post(f"http://127.0.0.1:{server.server_port}/", b"{}", SECRET, allowed=HERE)
    assert sent < 100


def test_endless_headers_are_given_up() -> None:
    def endless(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: " + b"y" * (1 << 20))

    with receiver(endless) as server, pytest.raises(UnavailableError):
        post(f"http://127.0.0.1:{server.server_port}/", b"{}", SECRET, allowed=HERE)


def test_a_certificate_of_another_host_is_not_trusted(tmp_path: Path) -> None:
    path = certificate(tmp_path, "hooks.example")
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(path, path.with_suffix(".key"))
    ours = ssl.create_default_context(cafile=str(path))
    with receiver(tls=theirs) as server:

        def send(host: str, tls: ssl.SSLContext | None) -> None:
            url = f"https://{host}:{server.server_port}/"
            post(url, b"{}", SECRET, allowed=HERE, resolve=lambda *_: ["127.0.0.1"], tls=tls)

        send("hooks.example", ours)
        for host, tls in (("hooks.other", ours), ("hooks.example", None)):
            with pytest.raises(UnavailableError, match="CERTIFICATE_VERIFY_FAILED"):
                send(host, tls)
        assert len(server.got) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_what_is_not_taken_is_told(status: int) -> None:
    def refuse(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.end_headers()

    with receiver(refuse) as server, pytest.raises(UnavailableError, match=f"answered {status}") as caught:
        post(f"http://127.0.0.1:{server.server_port}/services/T0KEN", b"{}", SECRET, allowed=HERE)
    assert "T0KEN" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://h/", "gopher://h/", "//h/", "", "http://", "http://u:p@h/", "http://h:99999/",
        "http://h/a b", "http://h/\r\nX-Evil: 1", "http://h/\x00", "http://[::1", "http://hö/",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SettingsError):
        post(url, b"{}", SECRET, resolve=lambda *_: ["93.184.216.34"])


def test_a_message_has_a_limit() -> None:
    with pytest.raises(RefusedError, match="too large"):
        post("http://h/", b"x" * (MOST_SENT + 1), SECRET)


@pytest.mark.parametrize("text", ["10.0.0.1/8", "http://h", "a b", "10.0.0", "*"])
def test_a_setting_that_is_neither_network_nor_host(text: str) -> None:
    with pytest.raises(RatchetError, match="RATCHET_OUTBOUND"):
        Allowed.parse(text)


def test_nobody_answers() -> None:
    with receiver() as server:
        port = server.server_port
    with pytest.raises(UnavailableError):
        post(f"http://127.0.0.1:{port}/", b"{}", SECRET, allowed=HERE)
