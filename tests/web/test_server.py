"""The server as a process: what it refuses and how it stops; `tests.faults` kills it."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import create_engine, text

import ratchet
from ratchet.clock import new_id
from ratchet.errors import SettingsError
from ratchet.system import System
from ratchet.web.server import greeting, serve

HEAVY = (
    "sklearn",
    "scipy.optimize",
    "scipy.stats",
    "lightgbm",
    "optuna",
    "mlflow",
    "pandas",
    "rich",
    "alembic.command",
)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", "8.8.8.8", ""])
def test_an_address_beyond_this_machine_is_refused(host: str, films: Any) -> None:
    with pytest.raises(SettingsError, match="there is no key yet"):
        serve(films, host, 0)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
def test_without_keys_no_other_machine_may_reach_it(host: str, films: Any) -> None:
    films.access.keys.add("ann", "admin")
    with pytest.raises(SettingsError, match="would answer strangers"):
        serve(films, host, 0, open=True)


def test_a_port_that_cannot_be_is_said_so(films: Any) -> None:
    with pytest.raises(SettingsError, match="0 to 65535"):
        serve(films, "127.0.0.1", 99_999)


def test_a_port_that_is_taken_is_said_so(films: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(SettingsError, match="cannot listen"):
        serve(films, "127.0.0.1", taken.getsockname()[1])


def test_a_server_begins_where_standard_output_is_closed() -> None:
    code = "import sys; sys.stdout.close(); from ratchet.web.server import Server; Server(None); sys.stderr.write('ok')"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "ok")


def test_serving_starts_without_what_only_training_needs() -> None:
    code = f"import sys, ratchet.system, ratchet.web.server, uvicorn; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real workspace with two versions, of which the first is champion."""
    root = tmp_path_factory.mktemp("films")
    words = ["dull", "weak", "poor", "bright", "moving", "fine"]
    lines = [f"a {words[at % 6]} film number {at},{'bad' if at % 6 < 3 else 'good'}\n" for at in range(300)]
    (root / "films.csv").write_text("text,verdict\n" + "".join(lines))
    ratchet.init(str(root / "films.csv"), "verdict", root=root, name="films")
    spec = (root / "ratchet.toml").read_text().replace("accept = []", 'accept = ["labelled_by_rule"]')
    (root / "ratchet.toml").write_text(
        spec + "\n" if "[search]" in spec else spec + '\n[search]\ntrials = 1\nbudget = "20s"\n'
    )
    with ratchet.open(root, engine="inline", tracking_uri="off") as classifier:
        classifier.train(str(root / "films.csv"), actor="ann")
        more = [line.replace("film", "old film") for line in lines[::5]]
        (root / "more.csv").write_text("text,verdict\n" + "".join(more))
        classifier.train(str(root / "more.csv"), actor="ann")
        if classifier.champion() != "1":
            classifier.promote("1", override=True, reason="the test needs one", actor="ann")
    return root


def test_what_there_is_to_know_of_real_versions_is_as_documented(workspace: Path, served: Any) -> None:
    with ratchet.open(workspace, tracking_uri="off") as classifier, served(classifier) as client:
        found = {path: client.get(path) for path in ("/info", "/versions", "/versions/1/scorecard", "/ledger", "/v1")}
        document = client.get("/openapi.json").json()
        metrics = client.get("/metrics").text
        shown, second = (msgspec.to_builtins(classifier.show(number)) for number in ("1", "2"))
    assert {path: each.status_code for path, each in found.items()} == dict.fromkeys(found, 200)
    schemas = document["components"]["schemas"]
    assert found["/info"].json().keys() == schemas["Info"]["properties"].keys()
    assert found["/info"].json()["metrics"] == shown["metrics"]
    assert found["/info"].json()["summary"] == shown["summary"]
    assert [(each["number"], each["stage"]) for each in found["/versions"].json()] == [("2", "held"), ("1", "champion")]
    told = [(each["scorecard"]["metrics"], each["decision"]) for each in found["/versions"].json()]
    assert told == [(each["metrics"], each["decision"]) for each in (second, shown)]
    assert shown["metrics"]["accuracy"]["n"] > 0
    assert found["/versions"].json()[0].keys() == schemas["StagedVersion"]["properties"].keys()
    card = found["/versions/1/scorecard"].json()
    assert card.keys() == schemas["Scorecard"]["properties"].keys()
    assert card["metrics"] == shown["metrics"]
    name = f'ratchet_cv_score{{classifier="films",metric="{shown["metric"]}",version="1"}} '
    (score,) = [line.removeprefix(name) for line in metrics.splitlines() if line.startswith(name)]
    assert float(score) == shown["search_score"]
    assert found["/ledger"].json()[-1].keys() == schemas["Event"]["properties"].keys()
    assert found["/v1"].json()["classifiers"][0]["champion"] == found["/info"].json()["champion"]


def test_a_server_that_can_answer_nothing_says_so(films: Any, books: Any) -> None:
    films.current = books.current = None
    system = System([films, books])
    told = greeting("http://127.0.0.1:8000", system.health())
    assert told.startswith("Ratchet listens at http://127.0.0.1:8000; nothing can be answered yet: ")
    assert "films: there is no champion to answer with; books: there is no champion to answer with" in told
    assert "type: ratchet train" in told
    books.current = "1"
    books.tend()
    assert greeting("http://127.0.0.1:8000", system.health()).startswith("Ratchet answers at http://127.0.0.1:8000 ")


def test_a_server_without_a_champion_says_why_as_it_starts(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "ratchet.toml").write_text((workspace / "ratchet.toml").read_text())
    with server(tmp_path) as (process, address):
        assert httpx.get(f"{address}/health").status_code == 503
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


def test_it_stops_while_a_request_and_tending_wait_for_ever(workspace: Path) -> None:
    stuck = (
        "import sys, threading, ratchet, ratchet.web.server as server, ratchet.web.tending as tending\n"
        "server.GRACE_SECONDS, tending.LAST_SECONDS = 1, 0.5\n"
        "with ratchet.open(sys.argv[1], tracking_uri='off') as films:\n"
        "    films.info = threading.Event().wait\n"
        "    tend, films.tend = films.tend, lambda: (tend(), films.counts().answered and threading.Event().wait())\n"
        "    ratchet.serve(films, port=0, open=True)"
    )
    with (
        running([sys.executable, "-c", stuck, str(workspace)]) as (process, address),
        ThreadPoolExecutor(1) as pool,
    ):
        assert httpx.post(f"{address}/predict", json={"text": "a fine film"}).status_code == 200
        asked = pool.submit(httpx.get, f"{address}/info", timeout=60)
        time.sleep(2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
        assert asked.result().status_code == 503


@contextmanager
def server(root: Path, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "ratchet.cli", "-C", str(root), "serve", "--open", "--port", "0"]
    with running(command, **environment) as found:
        yield found


@contextmanager
def running(command: list[str], **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env={**os.environ, "RATCHET_TRACKING_URI": "off", **environment}
    )
    assert process.stderr is not None
    try:
        line = next((line for line in process.stderr if "http://" in line), "")
        assert line, "the server ended before it was ready"
        yield process, line[line.index("http://") :].split()[0].rstrip(",;.")
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def logged(root: Path) -> dict[str, str]:
    """prediction id -> version, once the next process has opened the workspace and shipped what was left."""
    with ratchet.open(root, tracking_uri="off") as classifier:
        classifier.tend()
    engine = create_engine(f"sqlite:///{root}/.ratchet/ratchet.db")
    with engine.connect() as connection:
        found = {row.id: row.version for row in connection.execute(text("SELECT id, version FROM predictions"))}
    engine.dispose()
    return found


def ask(address: str, answers: dict[str, str], stop: threading.Event) -> list[int]:
    """Ask until told to stop or cut off; every answer received whole goes to ``answers``; statuses of the others."""
    failures = []
    with httpx.Client(base_url=address, timeout=60) as client:
        while not stop.is_set():
            try:
                response = client.post("/predict", json={"text": "a fine film"})
            except httpx.HTTPError:
                failures.append(0)
                break
            if response.status_code == 200:
                answers[response.json()["id"]] = response.json()["version"]
            else:
                failures.append(response.status_code)
    return failures


def test_told_to_stop_it_ends_what_it_began_and_ships_the_log(workspace: Path) -> None:
    received: dict[str, str] = {}
    began, stop = new_id(), threading.Event()
    with server(workspace) as (process, address), ThreadPoolExecutor(2) as pool:
        clients = [pool.submit(ask, address, received, stop) for _ in range(2)]
        while len(received) < 50 and not all(each.done() for each in clients):
            stop.wait(0.01)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    assert received.keys() <= logged(workspace).keys()
    left = [path for path in (workspace / ".ratchet" / "spool").glob("*.seg") if path.name > began]
    assert sum(path.stat().st_size for path in left) < 1 << 20, "what a segment did not use is given back"


ENDING_SOON = (
    "import sys, ratchet, ratchet.web.server as server\n"
    "import ratchet.web.tending as tending, ratchet.predictions.log as log\n"
    "server.GRACE_SECONDS, tending.LAST_SECONDS, log.CLOSE_SECONDS = 2, 0.5, 0.5\n"
    "with ratchet.open(sys.argv[1], tracking_uri='off') as films: ratchet.serve(films, port=0, open=True)"
)


def test_told_to_stop_while_its_database_is_held_it_says_so_and_ends(workspace: Path) -> None:
    with (
        running([sys.executable, "-c", ENDING_SOON, str(workspace)]) as (process, address),
        closing(sqlite3.connect(workspace / ".ratchet" / "ratchet.db", isolation_level=None)) as other,
        ThreadPoolExecutor(3) as pool,
    ):
        other.execute("BEGIN IMMEDIATE")
        given = httpx.post(f"{address}/predict", json={"text": "a fine film"}, timeout=60).json()["id"]
        label = {"id": given, "label": "good"}
        asked = [pool.submit(httpx.post, f"{address}/feedback", json=label, timeout=60) for _ in range(3)]
        time.sleep(2)  # so that they are being asked
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0  # each of the four would wait 30 s
        found = [each.result().json() for each in asked]
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
        other.execute("ROLLBACK")
    assert {each["status"] for each in found} == {503}
    assert all("the server is stopping" in each["found"] for each in found)
    assert given in logged(workspace)
