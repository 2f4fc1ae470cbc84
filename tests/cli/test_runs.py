"""`runs` and `tracking sync`: what they print, and what they exit with."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Self

import pytest

import ratchet
from ratchet.classifier import RunState, Told
from ratchet.cli.main import run

BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
STATE = RunState(
    id="0abcdefghijklmnopqrstuvwxy",
    kind="train",
    state="running",
    stage="search",
    reason="by hand",
    actor="ann",
    started_at=BEGAN,
    finished_at=None,
    done=3,
    total=20,
    best=0.8125,
    seconds_left=41.6,
)
OVER = replace(
    STATE, state="finished", stage="promote", finished_at=BEGAN, version="2", outcome="hold", seconds_left=None
)
TRIAL: dict[str, Any] = {"number": 3, "family": "linear.v1", "params": {"C": 1.5}, "score": 0.8, "seconds": 2.04}
FAILED: dict[str, Any] = {"number": 4, "family": "boosted.v1", "state": "failed", "score": None, "reason": "no memory"}
LOG: list[dict[str, Any]] = [
    {"at": "2026-01-02T03:04:05.123+00:00", "stage": "check", "note": "drift"},
    {"at": "2026-01-02T03:04:06.123+00:00", "stage": "search", "note": "best so far: linear.v1", "trial": TRIAL},
    {"at": "2026-01-02T03:04:07.123+00:00", "stage": "search", "trial": FAILED},
]


class Running:
    """A classifier whose run ends after it was looked at twice."""

    def __init__(self, told: tuple[Told, ...] = (), runs: tuple[RunState, ...] = (STATE,)) -> None:
        self._told, self._runs, self._looks = told, runs, 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def runs(self) -> list[RunState]:
        return list(self._runs)

    def run(self, run: str) -> RunState:
        assert run == "stuvwxy"
        self._looks += 1
        return STATE if self._looks < 3 else OVER

    def run_log(self, run: str) -> list[dict[str, Any]]:
        return LOG[: self._looks] if self._looks else LOG

    def sync_trackers(self) -> tuple[Told, ...]:
        return self._told


def opened(monkeypatch: pytest.MonkeyPatch, classifier: Running) -> None:
    monkeypatch.setattr(ratchet, "open", lambda *_: classifier)


def test_runs_are_listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    opened(monkeypatch, Running(runs=(STATE, OVER)))
    assert run(["runs"]) == 0
    head, first, second = capsys.readouterr().out.splitlines()
    assert head.split() == ["run", "kind", "state", "stage", "began", "by", "progress"]
    assert first.split()[:4] == ["rstuvwxy", "train", "running", "search"]
    assert first.rstrip().endswith("ann  3 of 20, best so far 0.8125, 42 s left")
    assert second.rstrip().endswith("version 2: hold")
    assert run(["runs", "--json"]) == 0
    assert [each["state"] for each in json.loads(capsys.readouterr().out)["runs"]] == ["running", "finished"]


def test_one_run_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    opened(monkeypatch, Running())
    assert run(["runs", "stuvwxy"]) == 0
    out = capsys.readouterr().out
    assert "progress  3 of 20, best so far 0.8125, 42 s left" in out
    assert "takes so far" in out
    assert run(["runs", "stuvwxy", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["done"] == 3


def test_a_log_lists_each_trial(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    opened(monkeypatch, Running())
    assert run(["runs", "stuvwxy", "--log"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "03:04:05  check     drift",
        "03:04:06  search    trial 3: linear.v1 (C=1.5)  0.8 in 2.0 s",
        "03:04:07  search    trial 4: boosted.v1 ()  failed: no memory",
    ]


def test_a_run_is_followed_to_its_end(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    opened(monkeypatch, Running())
    assert run(["runs", "stuvwxy", "--follow"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(LOG)


@pytest.mark.parametrize(
    ("told", "code", "said"),
    [
        ((), 0, "No tracker is set"),
        ((Told(tracker="mlflow"),), 0, "mlflow: nothing was missed."),
        (
            (Told(tracker="mlflow", versions=("1", "2"), champion="2"),),
            0,
            "mlflow: told of the run of version 1 and of 2 and version 2 as champion.",
        ),
        (
            (Told(tracker="mlflow"), Told(tracker="wandb", waiting=2, problem="it does not answer")),
            3,
            "wandb: still waiting: 2.  it does not answer",
        ),
    ],
)
def test_sync_says_what_was_told(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    told: tuple[Told, ...],
    code: int,
    said: str,
) -> None:
    opened(monkeypatch, Running(told))
    assert run(["tracking", "sync"]) == code
    assert said in capsys.readouterr().err
    assert run(["tracking", "sync", "--json"]) == code
    assert [each["tracker"] for each in json.loads(capsys.readouterr().out)["trackers"]] == [
        each.tracker for each in told
    ]
