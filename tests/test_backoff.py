"""Waiting longer each time."""

from __future__ import annotations

import pytest

from ratchet import backoff, clock
from ratchet.backoff import Backoff


def test_each_failure_doubles_the_wait_up_to_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [0.0]
    monkeypatch.setattr(clock, "monotonic", lambda: moment[0])
    waiting = Backoff(first=0.5)
    assert waiting.due
    waits = [waiting.failed() for _ in range(12)]
    assert waits[:3] == [0.5, 1.0, 2.0]
    assert waits[-1] == backoff.LONGEST_WAIT
    moment[0] = backoff.LONGEST_WAIT - 0.1
    assert not waiting.due
    moment[0] = backoff.LONGEST_WAIT
    assert waiting.due
    waiting.succeeded()
    assert waiting.failed() == 0.5
