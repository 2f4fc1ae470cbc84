"""The log of a run has a line for each thing that was said, up to the moment its process was killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ratchet.progress import Progress
from ratchet.registry.run_log import RunLog
from ratchet.store.blobs import Blobs


def log(folder: Path, workspace: str = "here") -> RunLog:
    return RunLog(Blobs.open(folder / "blobs"), folder / workspace, "loans", "r1")


def test_stages_findings_and_trials_are_lines_and_counts_are_not(tmp_path: Path) -> None:
    made = log(tmp_path)
    trial = {"number": 0, "family": "linear.v1", "score": float("nan")}
    for progress in (
        Progress(stage="check"),
        Progress(stage="check", done=1, total=9, note="drift"),
        Progress(stage="check", done=2, total=9, note="drift"),
        Progress(stage="search", total=2),
        Progress(stage="search", total=2, seconds_left=8.0),
        Progress(stage="search", done=1, total=2, best=0.8, note="best so far: linear.v1", trial=trial),
        Progress(stage="search", done=1, total=2, best=0.8, note="best so far: linear.v1"),
        Progress(stage="score"),
    ):
        made.hear(progress)
    assert [{k: v for k, v in line.items() if k != "at"} for line in made.lines()] == [
        {"stage": "check"},
        {"stage": "check", "note": "drift"},
        {"stage": "search"},
        {
            "stage": "search",
            "note": "best so far: linear.v1",
            "trial": {"number": 0, "family": "linear.v1", "score": None},
        },
        {"stage": "score"},
    ]


def test_a_kept_log_is_read_from_elsewhere(tmp_path: Path) -> None:
    log(tmp_path).write("check", "so it is")
    assert list(log(tmp_path, "elsewhere").lines()) == []
    log(tmp_path).keep()
    assert [line["note"] for line in log(tmp_path, "elsewhere").lines()] == ["so it is"]
    log(tmp_path).keep()


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.registry.test_run_log import log
log(Path(sys.argv[1])).write("search", "the last line")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_each_line_survives_a_kill_and_half_a_line_hides_no_other(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[2])
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=root, timeout=60, check=False)
    path = tmp_path / "here" / "runs" / "loans" / "r1.jsonl"
    path.write_bytes(path.read_bytes() + b'{"at": "2026\n')
    log(tmp_path).write("search", "taken up")
    assert [line["note"] for line in log(tmp_path).lines()] == ["the last line", "taken up"]


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "here").write_text("a file in its place")
    log(tmp_path).write("check", "lost")
    assert list(log(tmp_path).lines()) == []
