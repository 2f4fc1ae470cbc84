"""Runs told while they go on: no tracker holds up the run, nor another tracker."""

from __future__ import annotations

import logging
import threading
import time

import pytest

from ratchet.progress import Progress
from ratchet.tracking import live
from ratchet.tracking.live import Live
from ratchet.tracking.silent import SilentTracker


class Listening(SilentTracker):
    """Keeps what it hears; waits for ``go`` first, and raises where it is ``broken``."""

    def __init__(self, name: str = "listening", *, broken: bool = False) -> None:
        super().__init__(name=name)
        self.heard: list[Progress] = []
        self.forgot: list[str] = []
        self.go = threading.Event()
        self.go.set()
        self.broken = broken
        self.calls = 0

    def hear(self, classifier: str, run: str, progress: Progress) -> None:
        self.calls += 1
        self.go.wait()
        if self.broken:
            raise OSError("it fell over")
        self.heard.append(progress)

    def forget(self, classifier: str, run: str) -> None:
        self.forgot.append(run)


def trial(number: int) -> Progress:
    return Progress(stage="search", done=number, best=0.5, trial={"number": number})


def test_trials_and_better_scores_are_told_and_nothing_else() -> None:
    tracker = Listening()
    running = Live([tracker], "loans", "1")
    better = Progress(stage="search", done=2, best=0.7)
    for progress in (Progress(stage="check", note="drift"), trial(1), better, better, trial(2)):
        running.hear(progress)
    running.close()
    assert tracker.heard == [trial(1), better, trial(2)]
    assert tracker.forgot == []


def test_one_that_hangs_holds_up_neither_the_run_nor_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PATIENCE", 0.2)
    monkeypatch.setattr(live, "_MOST", 10)
    hanging, well = Listening("hanging"), Listening("well")
    hanging.go.clear()
    running = Live([hanging, well], "loans", "1")
    began = time.monotonic()
    for number in range(5):
        running.hear(trial(number))
    assert running.close() == ["well"]
    assert time.monotonic() - began < 5
    assert [each.done for each in well.heard] == [0, 1, 2, 3, 4]
    hanging.go.set()


def test_more_than_a_queue_holds_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_MOST", 2)
    slow = Listening()
    slow.go.clear()
    running = Live([slow], "loans", "1")
    for number in range(100):
        running.hear(trial(number))
    slow.go.set()
    assert running.close() == ["listening"]
    assert 1 <= len(slow.heard) <= 3


def test_a_broken_one_is_told_no_more_of_this_run(caplog: pytest.LogCaptureFixture) -> None:
    broken = Listening(broken=True)
    running = Live([broken], "loans", "1")
    with caplog.at_level(logging.WARNING):
        for number in range(5):
            running.hear(trial(number))
        assert running.close(forget=True) == [], "what it was told stays owed"
    assert broken.calls == 1
    assert [each.getMessage() for each in caplog.records] == [
        "listening is not told of run 1 while it goes on: it fell over"
    ]


def test_what_was_told_of_a_run_that_failed_is_taken_back() -> None:
    tracker, silent = Listening(), Listening("other")
    running = Live([tracker], "loans", "1")
    running.hear(trial(1))
    assert running.close(forget=True) == ["listening"]
    assert tracker.forgot == ["1"]
    assert Live([silent], "loans", "2").close(forget=True) == ["other"]
    assert silent.forgot == [], "nothing was told of it"
