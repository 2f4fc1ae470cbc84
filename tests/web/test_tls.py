"""The server over TLS: real certificates, real sockets, and `openssl s_client` as somebody else's client."""

from __future__ import annotations

import datetime
import ipaddress
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

from ratchet.cli.main import app
from ratchet.clock import now
from ratchet.errors import SettingsError
from ratchet.system import System
from ratchet.web import protocol
from ratchet.web.app import create
from ratchet.web.protocol import MOST_HEAD
from ratchet.web.server import Server, serve
from ratchet.web.tls import certificate

SPEC = """name = "films"\nlabel = "verdict"\n[columns]\ntext = "text"\n[[candidates]]\nfamily = "linear.v1"\n"""
ROW = b'{"text": "good"}'
POST = b"POST /predict HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
PREDICT = POST + b"content-length: %d\r\n\r\n" % len(ROW) + ROW
INFO = b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n"


class Authority:
    """A certificate authority of one test."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority of a test")])
        made = self._builder(self._name, self._key, 2).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), True
        )
        self.path = folder / "ca.pem"
        self.path.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str, days: int = 2, password: bytes | None = None) -> tuple[Path, Path]:
        """A certificate of localhost and its key, in files named so; valid until in so many days."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        built = self._builder(subject, key, days).add_extension(x509.SubjectAlternativeName(names), False)
        cert_path, key_path = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        locked = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        cert_path.write_bytes(built.sign(self._key, hashes.SHA256()).public_bytes(pem))
        key_path.touch(0o600)
        key_path.write_bytes(key.private_bytes(pem, form, locked))
        return cert_path, key_path

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, days: int) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now() - datetime.timedelta(days=30))
            .not_valid_after(now() + datetime.timedelta(days=days))
        )


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@contextmanager
def over_tls(classifier: Any, pair: tuple[Path, Path]) -> Iterator[int]:
    """A real server over TLS; its port."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = Server(create(System([classifier])), log_level="critical", tls=certificate(*pair))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    with listening:
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join()


Connect = Callable[[], ssl.SSLSocket]


@pytest.fixture
def port(films: Any, authority: Authority) -> Iterator[int]:
    with over_tls(films, authority.issue("server")) as port:
        yield port


@pytest.fixture
def connect(port: int, authority: Authority) -> Iterator[Connect]:
    opened = []
    context = ssl.create_default_context(cafile=authority.path)

    def one() -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", port), timeout=20)
        opened.append(context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False))
        return opened[-1]

    yield one
    for each in opened:
        each.close()


def flood(connection: socket.socket, part: bytes, most: int) -> int:
    """Bytes that could be sent before nobody took more."""
    sent = 0
    with suppress(TimeoutError):
        while sent < most:
            sent += connection.send(part)
    return sent


def heard(connection: socket.socket) -> bytes:
    found = b""
    while part := connection.recv(1 << 16):
        found += part
    return found


def test_https_answers_who_verifies_it(port: int, authority: Authority) -> None:
    context = ssl.create_default_context(cafile=authority.path)
    with httpx.Client(base_url=f"https://localhost:{port}", verify=context) as client:
        assert [client.post("/predict", json={"text": "good"}).status_code for _ in range(3)] == [200] * 3
    with pytest.raises(httpx.ConnectError, match="certificate"):
        httpx.get(f"https://localhost:{port}/info", verify=ssl.create_default_context())


def test_openssl_shows_the_certificate_and_no_old_version_is_spoken(port: int, authority: Authority) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here")
    command = ["openssl", "s_client", "-connect", f"localhost:{port}", "-CAfile", str(authority.path)]
    told = subprocess.run([*command, "-brief"], input=b"", capture_output=True, check=False, timeout=60)
    words = (told.stdout + told.stderr).decode()
    assert "CN = server" in words
    assert "Verification: OK" in words
    assert "TLSv1.3" in words
    for old in ("-tls1", "-tls1_1"):
        refused = subprocess.run([*command, old], input=b"", capture_output=True, check=False, timeout=60)
        assert refused.returncode != 0, old


def test_plain_http_gets_no_answer_there(port: int) -> None:
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"http://127.0.0.1:{port}/info")


@pytest.mark.parametrize(("sent", "status"), [(b"hello\r\n\r\n", 400), (b"GET /" + b"y" * (2 * MOST_HEAD), 431)])
def test_what_is_refused_is_told_so_and_hung_up_on(connect: Connect, sent: bytes, status: int) -> None:
    connection = connect()
    connection.sendall(PREDICT + INFO + sent)
    answers = heard(connection).split(b"HTTP/1.1 ")[1:]
    assert [each[:3] for each in answers] == [b"200", b"200", b"%d" % status]


def test_who_goes_on_sending_after_a_refusal_still_gets_it(connect: Connect) -> None:
    connection = connect()
    connection.sendall(POST + b"x: " + b"y" * (2 * MOST_HEAD))
    for _ in range(10):
        connection.sendall(b"y" * 50_000)
    assert heard(connection).startswith(b"HTTP/1.1 431 ")


def test_requests_in_a_row_are_answered_in_order(connect: Connect) -> None:
    connection = connect()
    large = b'{"text": "good"%b}' % (b" " * 200_000)
    asked = (PREDICT + INFO + POST + b"content-length: %d\r\n\r\n" % len(large) + large) * 10
    connection.sendall(asked + INFO[:-2] + b"connection: close\r\n\r\n")
    answers = heard(connection).split(b"HTTP/1.1 ")[1:]
    assert [each[:3] for each in answers] == [b"200"] * 31


def test_who_does_not_go_on_is_left(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "PATIENCE_SECONDS", 1.0)
    silent, half = connect(), connect()
    half.sendall(POST)
    assert heard(half).startswith(b"HTTP/1.1 408 ")
    assert heard(silent) == b""


def test_who_reads_nothing_is_not_read_either(connect: Connect) -> None:
    connection = connect()
    connection.settimeout(1)
    assert flood(connection, INFO * 1_000, 200 << 20) < 200 << 20


def test_a_client_that_hangs_up_harms_nobody(connect: Connect, port: int, caplog: pytest.LogCaptureFixture) -> None:
    for sent in (b"", PREDICT, PREDICT * 50, POST):
        connection = connect()
        connection.sendall(sent)
        connection.close()
    with socket.create_connection(("127.0.0.1", port)) as strange:
        strange.sendall(b"\x16\x03\x01 this is no handshake")
    connection = connect()
    connection.sendall(INFO[:-2] + b"connection: close\r\n\r\n")
    assert heard(connection).startswith(b"HTTP/1.1 200 ")
    assert not caplog.records


def test_a_renewed_certificate_is_taken_up(films: Any, authority: Authority) -> None:
    cert, key = authority.issue("server")
    with over_tls(films, (cert, key)) as port:
        before = ssl.get_server_certificate(("127.0.0.1", port))
        cert.write_text("half a certif")  # what will not do leaves the old one in use
        time.sleep(2)
        assert ssl.get_server_certificate(("127.0.0.1", port)) == before
        renewed = authority.issue("renewed")
        for new, old in zip(renewed, (cert, key), strict=True):
            new.replace(old)
        for _ in range(100):
            if ssl.get_server_certificate(("127.0.0.1", port)) != before:
                break
            time.sleep(0.1)
        context = ssl.create_default_context(cafile=authority.path)
        assert httpx.get(f"https://localhost:{port}/health/live", verify=context).status_code == 200
        assert ssl.get_server_certificate(("127.0.0.1", port)) == cert.read_text()


def test_what_is_wrong_with_the_files_is_said(authority: Authority, tmp_path: Path, films: Any) -> None:
    cert, key = authority.issue("one")
    _, other = authority.issue("other")
    _, locked = authority.issue("locked", password=b"secret")
    (tmp_path / "empty.pem").write_text("")
    for pair, words in (
        ((cert, None), "--tls-cert is given without --tls-key"),
        ((None, key), "--tls-key is given without --tls-cert"),
        ((tmp_path / "none.crt", key), "none.crt cannot be read: No such file"),
        ((cert, tmp_path / "none.key"), "none.key cannot be read: No such file"),
        ((cert, other), "other.key is not that of the certificate"),
        ((tmp_path / "empty.pem", key), "certificate .*empty.pem cannot be used"),
        ((cert, tmp_path / "empty.pem"), "key .*empty.pem cannot be used"),
        ((cert, locked), "locked by a password"),
    ):
        with pytest.raises(SettingsError, match=words):
            serve(films, "127.0.0.1", 0, tls_cert=pair[0], tls_key=pair[1])


def test_an_expired_certificate_is_told_of(authority: Authority) -> None:
    late, fine = certificate(*authority.issue("late", days=-1)), certificate(*authority.issue("fine"))
    assert late is not None
    assert "expired on" in str(late.notices)
    assert fine is not None
    assert fine.notices == []


def test_a_key_that_others_may_read_is_told_of(authority: Authority, tmp_path: Path) -> None:
    cert, key = authority.issue("wide open")
    key.chmod(0o640)
    (tmp_path / "ratchet.toml").write_text(SPEC)
    command = [sys.executable, "-m", "ratchet.cli", "-C", str(tmp_path), "serve", "--open", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--tls-cert", str(cert), "--tls-key", str(key)], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        said = next(line for line in process.stderr if "may be read" in line)
        assert f"(mode 640), who could speak in its name: chmod 600 '{key}'" in said
        assert "https://127.0.0.1:" in next(line for line in process.stderr if "listens" in line), (
            "it serves all the same"
        )
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_doctor_tries_the_pair(authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (cert, key), (late, its) = authority.issue("one"), authority.issue("late", days=-1)

    def doctor(cert: Path, key: Path) -> tuple[int, str]:
        monkeypatch.setenv("RATCHET_TLS_CERT", str(cert))
        monkeypatch.setenv("RATCHET_TLS_KEY", str(key))
        done = CliRunner().invoke(app, ["-C", str(tmp_path), "doctor"])
        return done.exit_code, next(line for line in done.output.splitlines() if "certificate" in line)

    assert doctor(cert, key)[0] == 0
    assert doctor(cert, key)[1].endswith("with its key")
    assert doctor(late, its)[0] == 2
    assert "expired on" in doctor(late, its)[1]
    assert "late.key is not that of" in doctor(cert, its)[1]
    key.chmod(0o644)
    assert doctor(cert, key)[0] == 0
    assert "(mode 644)" in doctor(cert, key)[1]
