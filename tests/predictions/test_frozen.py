"""A PostgreSQL that is frozen: answers go on, health says so, and the process ends when it is told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ratchet import clock
from ratchet.predictions.ship import Shipper
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from tests.predictions.test_ship import stored

ANSWERING = """
import sys, threading, time
from pathlib import Path
from ratchet.clock import new_id
from ratchet.predictions import log as logs, ship, straight
from ratchet.predictions.log import PredictionLog
from ratchet.predictions.segment import SegmentWriter
from ratchet.serving.prediction import Prediction
from ratchet.serving.request import Request
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database

ship.QUIET_SECONDS, logs.CLOSE_SECONDS, straight.LIMIT_SECONDS = 0.5, 1.0, 0.5
root, url = Path(sys.argv[1]), sys.argv[2]
log = PredictionLog(Database.open(url), Blobs.open(root / "blobs"), "films", root / "spool")

def answer():
    made = Prediction(new_id(), "good", "Good", 1.0, (), "1", 0.5)
    log.record([Request(classifier="films", row={})], [made])
    print(made.id, flush=True)

answer()
log.ship()
print("frozen?", flush=True)
sys.stdin.readline()
def tending():
    while True:
        log.tend()
        time.sleep(0.05)

threading.Thread(target=tending, daemon=True).start()
while not log.problems():
    answer()
    time.sleep(0.05)
print(log.problems()[0], flush=True)
def full(*args, **named):
    raise OSError(28, "No space left on device")
SegmentWriter.create, log._spool._current, log._spool._reserve = full, None, None
for _ in range(2):
    try:
        answer()
    except Exception as error:
        print(type(error).__name__, flush=True)
log.close()
"""


@contextmanager
def frozen(server: Any) -> Iterator[None]:
    """A PostgreSQL whose processes all stand still."""
    first = int((Path(server.pgdata) / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{first}/task/{first}/children")
    if not children.exists():
        pytest.skip("the processes of a server are told by Linux only")
    pids = [first, *map(int, children.read_text().split())]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_a_frozen_postgresql_is_told_of_and_keeps_nobody(postgres: Any, tmp_path: Path) -> None:
    name = f"test_{clock.new_id()}"
    postgres.psql(f"CREATE DATABASE {name};")
    url = str(postgres.get_uri(database=name))
    command = [sys.executable, "-c", ANSWERING, str(tmp_path), url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        answered = [line.strip() for line in iter(process.stdout.readline, "frozen?\n")]
        with frozen(postgres):
            process.stdin.write("yes\n")
            process.stdin.flush()
            said = process.stdout.read().split("\n")
            started = time.monotonic()
            assert process.wait(timeout=60) == 0
            assert time.monotonic() - started < 10
    answered += [line for line in said if clock.is_id(line)]
    rest = [line for line in said if line and not clock.is_id(line)]
    assert "nothing could be brought to the database for" in rest[0]
    assert rest[1:] == ["UnavailableError"] * 2, "neither the disk nor the database takes it"
    with closing(Database.open(url)) as database:
        Shipper(tmp_path / "spool", database, Blobs.open(tmp_path / "blobs")).ship()
        assert set(answered) <= stored(database)
