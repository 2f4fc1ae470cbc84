from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from ratchet import atomic
from tests.data.ingest.sandbox import Sandbox, table
from tests.test_atomic import left

_INGEST = """
import os, resource, signal, sys
from pathlib import Path
from ratchet.data.datasets import Datasets
from ratchet.data.ingest.ingest import ingest
from ratchet.spec import parse
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database

folder, stop, limit = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
class Stopping(Blobs):
    def put_file(self, key, path):
        super().put_file(key, path)
        if stop == "put":
            os.kill(os.getpid(), signal.SIGKILL)
def report(step):
    if step.note == stop:
        os.kill(os.getpid(), signal.SIGKILL)
spec = parse({"name": "t", "label": "y", "columns": {"text": "text", "n": "number"}, "candidates": [{"family": "x"}]})
database = Database.open(f"sqlite:///{folder / 'ratchet.db'}")
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
blobs = Stopping.open(folder / "blobs")
datasets = Datasets(database, blobs, "t")
ingest(datasets, [str(folder / "rows.csv")], spec, quarantine=folder / "quarantine", progress=report)
"""


def _in_another_process(box: Sandbox, stop: str = "", limit: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _INGEST, str(box.folder), stop, str(limit)]
    environment = {**os.environ, "POLARS_MAX_THREADS": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.mark.parametrize("stop", ["reading", "looking for near-duplicates", "splitting", "put"])
def test_killed_in_the_midst_the_last_version_stays_and_the_next_run_goes_through(box: Sandbox, stop: str) -> None:
    first = box.ingest(table(0, 100)).dataset
    frame = box.datasets.frame(first)
    box.put(table(0, 5000))
    assert _in_another_process(box, stop).returncode == -signal.SIGKILL
    assert box.datasets.latest() == first
    assert box.datasets.frame(first).equals(frame)
    done = box.ingest(table(0, 5000))
    assert done.added == 4900
    assert not box.quarantine.exists() or not any(box.quarantine.iterdir())


def test_a_full_disk_leaves_the_last_version_and_says_what_to_do(box: Sandbox) -> None:
    first = box.ingest(table(0, 100)).dataset
    box.put(table(0, 60_000))
    before = box.files()
    answer = _in_another_process(box, limit=100_000)
    assert answer.returncode == 1
    assert "WorkspaceError" in answer.stderr
    assert "room on the disk" in answer.stderr
    assert box.files() == before
    assert box.datasets.latest() == first
    assert box.ingest(table(0, 60_000)).dataset.rows == 60_000


def test_what_was_killed_while_it_put_a_file_goes_with_a_later_ingest(box: Sandbox) -> None:
    box.ingest(table(0, 100))
    old, young = (left(box.folder / "blobs" / "data", age=age) for age in (atomic.DEAD + 60, 0))
    box.ingest(table(0, 200))
    assert (old.exists(), young.exists()) == (False, True)
