"""A PostgreSQL whose connections are encrypted: what the URL asks of its certificate is asked."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ratchet.clock import new_id
from ratchet.errors import SettingsError, UnavailableError
from ratchet.store.database import Database
from ratchet.store.transport import require_decided

SSL_REQUEST = bytes.fromhex("0000000804d2162f")
"""What a client that wants encryption says first (PostgreSQL documentation, 55.7, SSLRequest)."""


class Doorman:
    """Takes encrypted connections for a PostgreSQL server that is built without encryption, as a managed one would."""

    def __init__(self, server: Path, certificate: Path, key: Path) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.encrypted = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._let_in, args=(client,), daemon=True).start()

    def _let_in(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            assert client.recv(len(SSL_REQUEST), socket.MSG_WAITALL) == SSL_REQUEST
            client.sendall(b"S")
            with self._context.wrap_socket(client, server_side=True) as inside, socket.socket(socket.AF_UNIX) as behind:
                self.encrypted += 1
                behind.connect(str(self._server))
                threading.Thread(target=_pass_on, args=(behind, inside), daemon=True).start()
                _pass_on(inside, behind)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def certificate(folder: Path, name: str) -> Path:
    """A certificate of its own making for a host, beside its key."""
    path = folder / f"{name}.crt"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
    names = ["-addext", f"subjectAltName=DNS:{name}", "-keyout", str(path.with_suffix(".key")), "-out", str(path)]
    subprocess.run([*command, *names], check=True, capture_output=True)
    return path


@pytest.fixture
def doormen(postgres: Any, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Two doors of one server: ``right`` has the certificate of localhost, ``wrong`` that of another host."""
    if shutil.which("openssl") is None:
        pytest.skip("certificates are made by openssl, which is not here")
    path = next(Path(postgres.get_postmaster_info().socket_dir).glob(".s.PGSQL.*[0-9]"))
    made: dict[str, Any] = {"database": f"tls_{new_id()}"}
    postgres.psql(f"CREATE DATABASE {made['database']};")
    for each, name in (("right", "localhost"), ("wrong", "elsewhere.example")):
        made[f"{each}.crt"] = certificate(tmp_path, name)
        made[each] = Doorman(path, made[f"{each}.crt"], made[f"{each}.crt"].with_suffix(".key"))
    yield made
    for each in ("right", "wrong"):
        made[each].close()


def url(made: dict[str, Any], door: str, mode: str, root: str | None = None) -> str:
    trusted = f"&sslrootcert={made[root]}" if root else ""
    return f"postgresql://postgres@localhost:{made[door].port}/{made['database']}?sslmode={mode}{trusted}"


def test_a_right_certificate_is_let_in(doormen: dict[str, Any]) -> None:
    database = Database.open(url(doormen, "right", "verify-full", "right.crt"))
    with closing(database), database.read() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1
    assert doormen["right"].encrypted >= 1


@pytest.mark.parametrize(
    ("door", "root"),
    [("wrong", "wrong.crt"), ("right", "wrong.crt"), ("wrong", "right.crt")],
    ids=["of another host", "of nobody trusted", "of neither"],
)
def test_a_wrong_certificate_is_refused(doormen: dict[str, Any], door: str, root: str) -> None:
    with pytest.raises(UnavailableError, match=r"certificate"):
        Database.open(url(doormen, door, "verify-full", root))


def test_what_is_not_to_be_verified_is_encrypted_all_the_same(doormen: dict[str, Any]) -> None:
    Database.open(url(doormen, "wrong", "require")).close()
    assert doormen["wrong"].encrypted >= 1


AWAY = "postgresql://me:hidden@db.example/rows"


@pytest.mark.parametrize("url", [AWAY, f"{AWAY}?sslrootcert=ca.pem", "postgresql:///rows?host=/run/pg,10.0.0.7"])
def test_a_way_beyond_this_machine_must_be_decided(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGSSLMODE", raising=False)
    with pytest.raises(SettingsError, match="beyond this machine") as refused:
        Database.open(url)
    assert "sslmode=verify-full" in refused.value.todo
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        (f"{AWAY}?sslmode=verify-full", False),
        (f"{AWAY}?sslmode=verify-ca", False),
        (f"{AWAY}?sslmode=disable", False),
        (f"{AWAY}?sslmode=require", True),
        (f"{AWAY}?sslmode=prefer", True),
        ("postgresql://me@localhost/rows", False),
        ("postgresql://me@[::1]:5433/rows", False),
        ("postgresql:///rows?host=/run/pg", False),
        ("sqlite:////tmp/rows.db", False),
    ],
)
def test_a_way_that_verifies_nobody_is_warned_of(url: str, warned: bool, caplog: pytest.LogCaptureFixture) -> None:
    require_decided(sa.make_url(url))
    assert ["lets in whoever answers" in each.message for each in caplog.records] == [True] * warned
    assert "hidden" not in caplog.text


def test_the_environment_may_decide_for_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    require_decided(sa.make_url(AWAY))
