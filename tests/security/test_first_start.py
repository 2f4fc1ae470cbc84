"""How a server begins: closed, with a first key on this machine, not at all where others could reach it without one."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

import ratchet
from ratchet.access.sessions import LONGEST
from ratchet.web.tending import TEND_SECONDS

SPEC = """name = "films"\nlabel = "verdict"\n[columns]\ntext = "text"\n[[candidates]]\nfamily = "linear.v1"\n"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "ratchet.toml").write_text(SPEC)
    return tmp_path


def _command(root: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "ratchet.cli", "-C", str(root), *words]


@contextmanager
def _serving(root: Path, *words: str) -> Iterator[tuple[str, str]]:
    """The address of a server, and what it had said until it listened."""
    command = _command(root, "serve", "--port", "0", *words)
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stderr is not None
    said = ""
    try:
        for line in process.stderr:
            said += line
            if found := re.search(r"Ratchet (?:answers|listens) at (\S+)", line):
                yield found[1], said
                break
        else:
            raise AssertionError(said)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def _own_address() -> str:
    """An address of this machine that is not its loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 9))  # nothing is sent: the route alone says which address is ours
        except OSError:
            pytest.skip("this machine has no address but its loopback")
        return str(asking.getsockname()[0])


def test_the_first_start_makes_a_key_and_shows_it_once(root: Path) -> None:
    with _serving(root) as (address, said):
        (secret,) = re.findall(r"rk_[0-9a-f]{8}_[\w-]{43}", said)
        assert httpx.get(f"{address}/v1").status_code == 401
        answer = httpx.get(f"{address}/v1/-/me", headers={"authorization": f"Bearer {secret}"})
        assert (answer.json()["name"], answer.json()["role"]) == ("first-admin", "admin")
        assert httpx.get(f"{address}/health/live").status_code == 200, "from this machine"
    with _serving(root) as (address, said):
        assert "rk_" not in said
        assert httpx.get(f"{address}/v1", headers={"x-api-key": secret}).status_code == 200


def test_an_open_server_asks_nobody_and_makes_no_key(root: Path) -> None:
    with _serving(root, "--open") as (address, said):
        assert "rk_" not in said
        assert httpx.get(f"{address}/v1").status_code == 200
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{address.replace('127.0.0.1', _own_address())}/v1")
    with ratchet.open(root) as classifier:
        assert classifier.access.keys.every() == []


@pytest.mark.parametrize("words", [("--host", "0.0.0.0"), ("--host", "0.0.0.0", "--open")])
def test_without_keys_no_other_machine_is_let_in(root: Path, words: tuple[str, ...]) -> None:
    done = subprocess.run(
        _command(root, "serve", "--port", "0", *words), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert re.search(r"ratchet (-C \S+ )?keys add NAME", done.stderr)
    with ratchet.open(root) as classifier:
        assert classifier.access.keys.every() == []


def test_with_a_key_another_machine_is_answered(root: Path) -> None:
    made = subprocess.run(
        _command(root, "keys", "add", "ann", "--role", "developer"), capture_output=True, text=True, check=True
    )
    secret = made.stdout.strip()
    with _serving(root, "--host", "0.0.0.0") as (theirs, _):
        assert f"//{_own_address()}:" in theirs, "one that can be opened"
        here = re.sub(r"//[^:]+", "//127.0.0.1", theirs)
        assert httpx.get(f"{here}/health/live").status_code == 200, "it listens on all of them"
        assert httpx.get(f"{theirs}/v1").status_code == 401
        assert httpx.get(f"{theirs}/v1", headers={"authorization": f"Bearer {secret}"}).status_code == 200
        assert httpx.get(f"{theirs}/health").status_code == 401, "only this machine needs no key"
        name = {"host": "models.evil.example", "authorization": f"Bearer {secret}"}
        assert httpx.get(f"{theirs}/v1", headers=name).status_code == 421


def test_what_holds_soon_is_looked_for_often_enough() -> None:
    assert TEND_SECONDS <= 1, "a revoked key is refused within two seconds"
    assert LONGEST.days == 7


def test_a_scope_is_a_classifier_here_or_in_a_folder_beside_it(tmp_path: Path) -> None:
    for name in ("films", "loans"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "ratchet.toml").write_text(SPEC.replace("films", name))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "ratchet.toml").write_text("no spec")

    def add(*words: str) -> subprocess.CompletedProcess[str]:
        command = _command(tmp_path / "films", "keys", "add", *words)
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    refused = add("ann", "--scope", "films", "--scope", "nosuch")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "'nosuch'" in refused.stderr
    assert "films, loans" in refused.stderr
    assert add("ann", "--scope", "loans", "--scope", "films").stdout.startswith("rk_")


def test_the_shell_tells_of_keys_and_never_shows_them_again(root: Path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(_command(root, "keys", *words), capture_output=True, text=True, timeout=60, check=False)

    secret = run("add", "ann", "--role", "labeller", "--scope", "films", "--expires", "90d").stdout.strip()
    assert re.fullmatch(r"rk_[0-9a-f]{8}_[\w-]{43}", secret)
    listed = run("list")
    assert all(word in listed.stdout for word in ("ann", "labeller", "films", "active"))
    assert secret not in listed.stdout + listed.stderr
    rotated = run("rotate", "ann", "--json")
    assert '"role": "labeller"' in rotated.stdout
    assert run("revoke", "ann").returncode == 0
    assert run("revoke", "ann").returncode == 2
    assert "revoked" in run("list", "--json").stdout
    audit = subprocess.run(_command(root, "audit", "--json"), capture_output=True, text=True, check=True)
    assert [audit.stdout.count(f'"keys.{verb}"') for verb in ("add", "rotate", "revoke")] == [1, 1, 1]
    assert secret[12:] not in audit.stdout
