"""Trainings and ingests that are killed at any of their steps."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

import ratchet
from ratchet.store.database import Database
from ratchet.store.tables import datasets, holdout_uses, ledger, runs, versions
from tests.faults.scenario import Counts, scenario
from tests.faults.workspaces import Workspaces

DYING = """
import os, signal, sys
import sqlalchemy as sa
from ratchet.cli.main import main
at, steps = int(sys.argv.pop(1)), 0
def step():
    global steps
    steps += 1
    if steps == at:
        os.kill(os.getpid(), signal.SIGKILL)
def watch(event, arguments):
    touched = event in {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link"}
    if touched and os.sep + ".ratchet" + os.sep in str(arguments[0]):
        step()
for moment in ("before_cursor_execute", "commit"):
    sa.event.listen(sa.Engine, moment, lambda *_: step())
sys.addaudithook(watch)
try:
    main()
finally:
    with open("steps", "w") as file:
        file.write(str(steps))
"""
"""``ratchet``, killed at its n-th step; a step is a file of the workspace that it opens, moves or deletes, a statement,
or a commit."""


@scenario(
    "A training that was killed goes on when it is typed again: one version, one use of the holdout.", few=1, many=300
)
def training_killed(workspaces: Workspaces, rounds: int) -> Counts:
    """kill -9 of `ratchet train` at a random step, three times on end, before it is left to end"""
    chance, killed = random.Random(4), 0
    most = _steps(workspaces.drafted(), "train", "films.csv")
    while killed < rounds:
        root = workspaces.drafted()
        for _ in range(min(3, rounds - killed)):
            killed += _ratchet(root, "train", "films.csv", die_at=chance.randint(1, most)) != 0
        assert _ratchet(root, "train", "films.csv") == 0
        counted = _rows(root)
        assert counted == {"datasets": 1, "versions": 1, "holdout_uses": 1, "ledger": 1}, counted
    return Counts(tried=killed)


@scenario("An ingest that was killed leaves the whole dataset or none.", few=1, many=300)
def ingest_killed(workspaces: Workspaces, rounds: int) -> Counts:
    """kill -9 of `ratchet ingest` at a random step; the dataset is looked at, and the ingest typed again"""
    chance, killed = random.Random(5), 0
    most = _steps(workspaces.drafted(), "ingest", "films.csv")
    while killed < rounds:
        root = workspaces.drafted()
        killed += _ratchet(root, "ingest", "films.csv", die_at=chance.randint(1, most)) != 0
        if _rows(root)["datasets"]:
            with ratchet.open(root, tracking_uri="off") as classifier:
                assert len(classifier.frame()) == 300
        assert _ratchet(root, "ingest", "films.csv") == 0
        with ratchet.open(root, tracking_uri="off") as classifier:
            assert len(classifier.frame()) == 300
        assert _rows(root)["datasets"] == 1
    return Counts(tried=killed)


def _ratchet(root: Path, *words: str, die_at: int = 0) -> int:
    environment = os.environ | {"RATCHET_TRACKING_URI": "off", "RATCHET_ENGINE": "inline"}
    command = [sys.executable, "-c", DYING, str(die_at), *words]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in {0, -signal.SIGKILL}, f"exit code {done.returncode}: {done.stderr}"
    return done.returncode


def _steps(root: Path, *words: str) -> int:
    """How many steps a command has that nobody kills."""
    assert _ratchet(root, *words) == 0
    return int((root / "steps").read_text())


def _rows(root: Path) -> dict[str, int]:
    """How many rows each table has, and how many runs there are in a state that is no end."""
    tables = (datasets, versions, holdout_uses, ledger)
    with closing(Database.open(f"sqlite:///{root}/.ratchet/ratchet.db")) as database, database.read() as connection:
        states = Counter(connection.execute(sa.select(runs.c.state)).scalars())
        counted = {each.name: len(connection.execute(sa.select(each)).all()) for each in tables}
    return counted | {state: number for state, number in states.items() if state not in {"finished", "abandoned"}}
