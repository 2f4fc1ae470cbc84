"""The training flow, killed wherever it can be, ends as if nobody had touched it once it is run again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ratchet.registry.runs import Runs
from ratchet.retrain.workshop import Workshop
from ratchet.store.database import Database
from tests.retrain.shops import open_shop
from tests.stories.scenes import Shell, loans, quicken

# In a process of its own: the flow, in which one function kills the process, before or after its work, when one of its
# arguments says the word.
_FLOW = """
import importlib, json, os, signal, sys
from pathlib import Path
from ratchet.retrain import flow
from tests.retrain.shops import open_shop
folder, target, moment, word = sys.argv[1:]
if target:
    module, _, path = target.partition(":")
    place = importlib.import_module(module)
    *parents, name = path.split(".")
    for parent in parents:
        place = getattr(place, parent)
    whole = getattr(place, name)
    def dying(*args, **named):
        here = word in repr((args, named))
        if here and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        made = whole(*args, **named)
        if here:
            os.kill(os.getpid(), signal.SIGKILL)
        return made
    setattr(place, name, dying)
shop = open_shop(Path(folder))
done = flow.run(shop, [str(Path(folder) / "loans.csv")], actor="ann")
print(json.dumps({"run": done.run_id, "version": done.version.number}))
"""

LEASE = "ratchet.registry.lease:Lease"
BLOBS = "ratchet.store.blobs:Blobs"

POINTS = [
    ("collect begins", f"{LEASE}.stage", "after", "collect"),
    ("rows are among the blobs, in no version", "ratchet.data.datasets:Datasets.add", "before", ""),
    ("the version of the rows is there", "ratchet.data.datasets:Datasets.add", "after", ""),
    ("collect is not noted", f"{LEASE}.note", "before", "collect"),
    ("collect is noted", f"{LEASE}.note", "after", "collect"),
    ("rows are being checked", "ratchet.registry.records:Records.keep_findings", "before", ""),
    ("findings are kept, not noted", f"{LEASE}.note", "before", "check"),
    ("check is noted", f"{LEASE}.note", "after", "check"),
    ("trials are run", "ratchet.training.trial:run", "after", "linear.v1"),
    ("a bundle is written, not put", f"{BLOBS}.put_folder", "before", "staging-"),
    ("a bundle is put", "ratchet.retrain.stage:Stage.put_bundle", "after", ""),
    ("train is not noted", f"{LEASE}.note", "before", "train"),
    ("train is noted", f"{LEASE}.note", "after", "train"),
    ("the holdout is answered", "ratchet.evaluation.cost:measure", "after", ""),
    ("the scored bundle is put", "ratchet.retrain.stage:Stage.put_scored", "after", ""),
    ("score is not noted", f"{LEASE}.note", "before", "score"),
    ("score is noted", f"{LEASE}.note", "after", "score"),
    ("the gate has looked", "ratchet.retrain.stage:Stage.write", "before", "StagedDecision("),
    ("the decision is there, not noted", f"{LEASE}.note", "before", "gate"),
    ("gate is noted", f"{LEASE}.note", "after", "gate"),
    ("the bundle is put, no version has it", f"{BLOBS}.put_folder", "after", "bundles/"),
    ("version and use are written, not committed", "ratchet.registry.holdouts:add", "after", ""),
    ("register is not noted", f"{LEASE}.note", "before", "register"),
    ("register is noted", f"{LEASE}.note", "after", "register"),
    ("the ledger is written, not committed", "ratchet.registry.ledger:Ledger._add", "after", ""),
    ("the ledger is committed, not noted", "ratchet.registry.ledger:Ledger.succeed", "after", ""),
    ("promote is noted", f"{LEASE}.note", "after", "promote"),
    ("the stage is half cleared", "ratchet.store.folder:Folder.delete", "after", "/train-"),
    ("the stage is cleared, the run is not ended", f"{LEASE}.finish", "before", ""),
]


def _flow(folder: Path, target: str = "", moment: str = "", word: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _FLOW, str(folder), target, moment, word]
    environment = {**os.environ, "POLARS_MAX_THREADS": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    loans(600).write_csv(tmp_path / "loans.csv")
    return tmp_path


@pytest.fixture
def shop(folder: Path) -> Workshop:
    return open_shop(folder)


def _whole(shop: Workshop, finished: dict[str, Any]) -> None:
    """One version, one use of the holdout, one entry in the ledger, and nothing left over."""
    records = shop.records
    (version,) = records.versions.list()
    (dataset,) = records.datasets.list()
    (use,) = records.holdouts.uses(dataset.split.generation)
    (event,) = records.ledger.events()
    (run,) = records.runs.list()
    assert finished == {"run": run.id, "version": version.number}
    assert {use.run_id, event.run_id, version.run_id} == {run.id}
    assert {use.version, event.version, version.number, records.ledger.champion()} == {"1"}
    assert (run.state, run.error, run.outcome and run.outcome["outcome"]) == ("finished", None, "promote")
    assert records.versions.bundle("1").manifest.scorecard is not None
    assert _left_over(shop) == []


def _left_over(shop: Workshop) -> list[str]:
    """Files and folders that belong to nothing on record."""
    records = shop.records
    wanted = {"findings", *(f"logs/loans/{run.id}" for run in records.runs.list())}
    for version in records.versions.list():
        wanted |= {version.bundle_key, version.out_of_fold or version.bundle_key}
        wanted.add(f"how-learned/loans/{version.bundle_id}")
    for dataset in records.datasets.list():
        wanted |= {key for part in dataset.parts for key in (part.key, part.sides)}
    orphans = [key for key in records.blobs.list() if not any(key.startswith(each) for each in wanted)]
    patterns = ("blobs/**/.*.part", "cache/.*.part", "cache/training-*", "cache/staging-*", "quarantine/*")
    return [*orphans, *(str(path) for pattern in patterns for path in shop.workspace.glob(pattern))]


def test_a_flow_that_is_killed_at_every_point_one_after_the_other_ends_whole(folder: Path, shop: Workshop) -> None:
    """Each process goes on where the one before was killed, and is killed a little further on."""
    for name, *point in POINTS:
        killed = _flow(folder, *point)
        assert killed.returncode == -signal.SIGKILL, f"{name}: {killed.stderr}"
        assert [run.state for run in shop.records.runs.list()] == ["running"], name
    done = _flow(folder)
    assert done.returncode == 0, done.stderr
    _whole(shop, json.loads(done.stdout))


def _more_rows(folder: Path) -> None:
    loans(900, seed=5).write_csv(folder / "loans.csv")


def test_a_flow_whose_rows_have_changed_since_it_was_killed_is_ended_and_says_why(folder: Path, shop: Workshop) -> None:
    assert _flow(folder, f"{LEASE}.note", "after", "train").returncode == -signal.SIGKILL
    _more_rows(folder)
    assert _flow(folder).returncode == 0
    dead, done = shop.records.runs.list()
    assert (dead.state, done.state) == ("abandoned", "finished")
    assert "its process died, and there are new rows since" in str(dead.error)
    assert [version.run_id for version in shop.records.versions.list()] == [done.id]
    assert _left_over(shop) == []


def test_a_flow_that_had_its_version_is_led_to_its_end_before_the_next_begins(folder: Path, shop: Workshop) -> None:
    assert _flow(folder, f"{LEASE}.note", "before", "register").returncode == -signal.SIGKILL
    _more_rows(folder)
    assert _flow(folder).returncode == 0
    first, second = shop.records.runs.list()
    assert (first.state, second.state) == ("finished", "finished")
    assert [version.run_id for version in shop.records.versions.list()] == [first.id, second.id]
    assert shop.records.ledger.events()[0].run_id == first.id
    assert [version.champion for version in shop.records.versions.list()] == [None, "1"]
    assert _left_over(shop) == []


def test_a_training_killed_on_the_command_line_goes_on_when_it_is_typed_again(shell: Shell, table: Path) -> None:
    """With trials in processes of their own, watched from outside by the run's row."""
    assert shell("init", table, "--label", "outcome").code == 0
    quicken(shell.folder)
    assert shell("ingest", table).code == 0
    command = [sys.executable, "-m", "ratchet.cli", "train"]
    with closing(Database.open(f"sqlite:///{shell.folder}/.ratchet/ratchet.db")) as database:
        runs = Runs(database, "loans")
        training = subprocess.Popen(command, cwd=shell.folder, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 120
        while [run.stage for run in runs.list()] != ["train"] and time.monotonic() < deadline:
            time.sleep(0.02)
        training.kill()
        assert training.wait(timeout=60) == -signal.SIGKILL
        (dead,) = runs.list("running")
        assert (dead.stage, list(dead.steps)) == ("train", ["asked", "collect", "settle", "check"])
        again = shell("train", "--json")
        assert again.code == 0, again.err
        (done,) = runs.list()
    assert (done.id, done.state, again.document["version"]) == (dead.id, "finished", "1")
    assert again.document["holdout"]["uses"] == 1
    assert list((shell.folder / ".ratchet" / "cache").glob("training-*")) == []
