"""Answers are recorded before they are given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from ratchet.errors import RowError, UnavailableError
from ratchet.serving.answering import Answering
from ratchet.serving.live import Live
from ratchet.serving.prediction import Prediction
from ratchet.serving.request import Context, Request, requests


def test_an_answer_is_recorded_and_counted(opened: Callable[..., Any]) -> None:
    log: list[tuple[Request, Prediction]] = []
    live = Live(lambda: "1", lambda _: opened())
    answering = Answering("films", live, lambda asked, answers: log.extend(zip(asked, answers, strict=True)))
    asked = requests("films", [{"text": "good"}, {"plan": "none such"}], Context(subject="ann", tags={"shop": "north"}))
    answers = answering.predict(asked)
    assert log == list(zip(asked, answers, strict=True))
    with pytest.raises(RowError):
        answering.predict(requests("films", [{"age": "x"}], Context()))
    counts = answering.counts()
    assert counts.answered == len(log) == 2
    assert counts.unknown == {"plan": 1}
    assert counts.missing["age"] == 2


def test_what_cannot_be_recorded_is_not_answered(opened: Callable[..., Any]) -> None:
    def full(asked: Sequence[Request], answers: Sequence[Prediction]) -> None:
        raise UnavailableError("the disk is full")

    answering = Answering("films", Live(lambda: "1", lambda _: opened()), full)
    with pytest.raises(UnavailableError, match="full"):
        answering.predict([Request(classifier="films", row={"text": "good"})])
    assert answering.counts().answered == 0
