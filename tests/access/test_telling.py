"""The audit arrives at its webhook: every entry, in order, signed; whoever is away, dies, or posts beside another."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

import ratchet
from ratchet.access.audit import Audit
from ratchet.access.outbound import SIGNATURE, Allowed, verify
from ratchet.access.telling import Telling
from ratchet.clock import now
from ratchet.errors import RefusedError, UnavailableError, WorkspaceError
from ratchet.resources import Pool
from ratchet.settings import Settings
from ratchet.store.database import Database
from ratchet.store.tables import audit as entries_table
from ratchet.store.tables import deliveries
from tests.security.test_outbound import receiver
from tests.stories.scenes import loans

SECRET = "hunter2-signs-each-message"
PATH_KEY = "T0123-key-of-the-path"
HERE = Allowed.parse("127.0.0.1")
_PROCESS = """
import sys
from datetime import timedelta
from ratchet.access.outbound import Allowed
from ratchet.access.telling import Telling
from ratchet.store.database import Database
url, hook, secret, term = sys.argv[1:]
term = timedelta(seconds=float(term))
telling = Telling(Database.open(url), hook, secret, allowed=Allowed.parse("127.0.0.1"), term=term)
print("begun", flush=True)
while True:
    telling.deliver()
"""


@pytest.fixture
def audit(database: Database, tmp_path: Path) -> Audit:
    return Audit.of(database, Settings(root=tmp_path), "films")


def _url(server: Any) -> str:
    return f"http://127.0.0.1:{server.server_port}/{PATH_KEY}"


def _telling(database: Database, url: str, **options: Any) -> Telling:
    """One that has begun: what is added from now on is posted."""
    made = Telling(database, url, SECRET, allowed=options.pop("allowed", HERE), **options)
    made.deliver()
    return made


def _told(server: Any) -> list[str]:
    return [json.loads(body)["target"] for _, _, body in list(server.got)]


def _until(done: Callable[[], bool], tended: Callable[[], object] = lambda: None) -> None:
    end = time.monotonic() + 60
    while not done():
        assert time.monotonic() < end, "it never came to that"
        tended()
        time.sleep(0.01)


def test_each_entry_comes_in_order_and_signed(audit: Audit, database: Database) -> None:
    audit.tell("promote", "before it was set")
    with receiver() as server:
        telling = _telling(database, _url(server))
        for number in range(250):
            audit.tell("promote", f"version {number}", after={"share": 0.1, "by": "zoë"})
        telling.deliver()
        telling.deliver()
        assert _told(server) == [f"version {number}" for number in range(250)]
        got = list(server.got)  # type: ignore[attr-defined]
    previous = audit.entries(limit=251)[-1].digest
    for path, headers, body in got:
        assert path == f"/{PATH_KEY}"
        assert verify(body, headers[SIGNATURE], SECRET, now=now().timestamp())
        document = json.loads(body)
        digest = document.pop("digest")
        whole = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
        assert (document["previous"], digest) == (previous, hashlib.sha256(whole).hexdigest())
        previous = digest


def test_a_receiver_that_is_away_loses_nothing(audit: Audit, database: Database) -> None:
    with receiver() as server:
        telling, url, port = _telling(database, _url(server)), _url(server), server.server_port
        audit.tell("promote", "one")
        telling.deliver()
        assert _told(server) == ["one"]
    for target in ("two", "three"):
        audit.tell("promote", target)
    _until(lambda: telling.problem is not None, telling.tend)
    assert "127.0.0.1" in str(telling.problem)
    with receiver(port=port) as server:
        audit.tell("promote", "four")
        _until(lambda: telling.problem is None, telling.tend)
        assert _told(server) == ["two", "three", "four"]
        assert _url(server) == url
    telling.close()


@pytest.mark.parametrize("status", [500, 410, 307])
def test_what_is_not_taken_is_posted_again_before_what_follows(audit: Audit, database: Database, status: int) -> None:
    answers = [204, status, 204, 204]

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(answers.pop(0))
        handler.end_headers()

    with receiver(answer) as server:
        telling = _telling(database, _url(server))
        for target in ("one", "two", "three"):
            audit.tell("promote", target)
        with pytest.raises(UnavailableError):
            telling.deliver()
        telling.deliver()
        assert _told(server) == ["one", "two", "two", "three"]


def test_a_restart_goes_on_where_it_was(audit: Audit, database: Database) -> None:
    with receiver() as server:
        _telling(database, _url(server))
        audit.tell("promote", "while none ran")
        _telling(database, _url(server))
        assert _told(server) == ["while none ran"]
        _telling(database, f"{_url(server)}?another=1")
        assert _told(server) == ["while none ran"], "another address begins anew"


class _Process(AbstractContextManager["_Process"]):
    """A process that posts without end."""

    def __init__(self, database_url: str, hook: str, *, term: float) -> None:
        words = [sys.executable, "-c", _PROCESS, database_url, hook, SECRET, str(term)]
        self.running = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert self.running.stdout is not None
        assert self.running.stdout.readline() == "begun\n"

    def __exit__(self, *_: object) -> None:
        self.running.kill()
        self.running.communicate()


def test_two_processes_post_nothing_twice_and_lose_nothing(audit: Audit, database: Database, database_url: str) -> None:
    lock, posting, most = threading.Lock(), 0, 0

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        nonlocal posting, most
        with lock:
            posting += 1
            most = max(most, posting)
        time.sleep(0.005)
        with lock:
            posting -= 1
        handler.send_response(200)
        handler.end_headers()

    with receiver(answer) as server:
        _telling(database, _url(server))
        wanted = [f"version {number}" for number in range(100)]
        with _Process(database_url, _url(server), term=60), _Process(database_url, _url(server), term=60):
            for target in wanted:
                audit.tell("promote", target)
            _until(lambda: len(server.got) >= len(wanted))  # type: ignore[attr-defined]
        assert _told(server) == wanted
        assert most == 1


def test_a_process_that_is_killed_while_it_posts_is_followed_by_another(
    audit: Audit, database: Database, database_url: str
) -> None:
    killed = threading.Event()

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        if not killed.wait(60):
            return
        handler.send_response(200)
        handler.end_headers()

    with receiver(answer) as server:
        telling = _telling(database, _url(server))
        with _Process(database_url, _url(server), term=0.5) as process:
            for target in ("one", "two"):
                audit.tell("promote", target)
            _until(lambda: len(server.got) == 1)  # type: ignore[attr-defined]
            os.kill(process.running.pid, signal.SIGKILL)
            process.running.wait()
        killed.set()
        _until(lambda: len(server.got) >= 3, telling.deliver)  # type: ignore[attr-defined]
        assert _told(server) == ["one", "one", "two"]


def test_who_was_taken_over_from_posts_nothing_more(audit: Audit, database: Database) -> None:
    taken = threading.Event()

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        if not taken.is_set():
            taken.set()
            other.deliver()
        handler.send_response(200)
        handler.end_headers()

    with receiver(answer) as server:
        slow, other = _telling(database, _url(server), term=timedelta(0)), _telling(database, _url(server))
        for target in ("one", "two"):
            audit.tell("promote", target)
        slow.deliver()
        assert _told(server) == ["one", "one", "two"]


def test_entries_that_were_cut_off_are_told(audit: Audit, database: Database) -> None:
    with receiver() as server:
        telling = _telling(database, _url(server))
        for target in ("one", "two"):
            audit.tell("promote", target)
        telling.deliver()
        with database.begin() as connection:
            connection.execute(sa.delete(entries_table).where(entries_table.c.seq == 2))
        with pytest.raises(WorkspaceError, match="it was told entry 2, and the last one here is 1"):
            telling.deliver()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "loans"
    ratchet.init(loans(100), "outcome", root=root)
    return root


@pytest.fixture
def opened(folder: Path) -> Iterator[Callable[..., ratchet.Classifier]]:
    made = list[ratchet.Classifier]()

    def open_(server: Any, outbound: str) -> ratchet.Classifier:
        settings = {"audit_webhook": _url(server), "webhook_secret": SECRET, "outbound": outbound}
        made.append(ratchet.open(folder, tracking_uri="off", **settings))
        return made[-1]

    yield open_
    for each in made:
        each.close()


def _is_begun(classifier: ratchet.Classifier) -> bool:
    with classifier._database.read() as connection:
        return bool(connection.scalar(sa.select(sa.func.count()).select_from(deliveries)))


Served = Callable[..., AbstractContextManager[httpx.Client]]
Opened = Callable[..., ratchet.Classifier]


def test_a_server_tells_what_is_done(opened: Opened, served: Served) -> None:
    with receiver() as server:
        classifier = opened(server, "127.0.0.1")
        with served(classifier, tend_seconds=0.05):
            _until(lambda: _is_begun(classifier))
            classifier.ingest(loans(50))
            _until(lambda: _told(server)[-1:] == [classifier.audit(limit=1)[0].target])
        told = [json.loads(body) for _, _, body in server.got]  # type: ignore[attr-defined]
        assert [each["action"] for each in told][-2:] == ["ingest", "dataset"]
        assert [each["digest"] for each in told[::-1]] == [each.digest for each in classifier.audit(limit=len(told))]


def test_an_address_that_is_not_allowed_is_said_and_never_posted_to(
    opened: Opened, served: Served, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with receiver() as server:
        classifier = opened(server, "")
        with served(classifier, tend_seconds=0.05) as client:
            _until(lambda: _is_begun(classifier))
            classifier.ingest(loans(50))
            _until(lambda: "RATCHET_OUTBOUND=127.0.0.1" in client.get("/health").text)
            said = client.get("/health").text + client.get("/v1/-/audit").text + client.get("/metrics").text
            with pytest.raises(RefusedError) as caught:
                classifier._delivery.deliver()  # type: ignore[union-attr]
        assert server.got == []  # type: ignore[attr-defined]
    said += caplog.text + str(caught.value) + repr(caught.value) + repr(classifier.settings) + str(classifier._delivery)
    assert "the audit waits to be told" in caplog.text
    for hidden in (SECRET, PATH_KEY):
        assert hidden not in said
        for path in folder.rglob("*"):
            assert not path.is_file() or hidden.encode() not in path.read_bytes()


def test_classifiers_that_share_database_and_address_share_who_posts(tmp_path: Path) -> None:
    told = {"audit_webhook": "https://hooks.example/x", "webhook_secret": SECRET}
    with closing(Pool()) as pool:
        made = [
            pool.resources(
                Settings(root=tmp_path / name, database_url=f"sqlite:///{tmp_path}/one.db", tracking_uri="off", **given)
            ).telling
            for name, given in {"a": told, "b": told, "c": {}}.items()
        ]
    assert made[0] is made[1] is not None
    assert made[2] is None
