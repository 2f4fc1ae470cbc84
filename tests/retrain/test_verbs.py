"""A classifier tells trackers what they missed by itself, seldom and in a thread of its own."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

import ratchet
from ratchet.classifier import Classifier
from ratchet.retrain import verbs
from ratchet.retrain.telling import outbox, owe_run
from ratchet.tracking import live
from tests.retrain.test_telling import AWAY, Fickle
from tests.stories.scenes import loans


@pytest.fixture
def classifier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    loans(300).write_csv(tmp_path / "loans.csv")
    ratchet.init(str(tmp_path / "loans.csv"), "outcome", root=tmp_path)
    with ratchet.open(tmp_path, tracking="off") as opened:
        object.__setattr__(opened._shop, "trackers", (Fickle(),))
        yield opened


def test_what_is_owed_is_told_while_it_is_tended(classifier: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    (fickle,) = classifier._shop.trackers
    assert isinstance(fickle, Fickle)
    fickle.away = AWAY
    owe_run(classifier._shop, "01never")
    monkeypatch.setattr(verbs, "_LOOK", 0.0)
    until = time.monotonic() + live.PATIENCE + 25
    for away in (AWAY, None):
        fickle.away = away
        while bool(classifier.untold()) != bool(away) and time.monotonic() < until:
            classifier.tend()
            time.sleep(0.05)
    assert fickle.forgot == ["01never"]
    assert outbox(classifier._shop).runs("fickle") == []


def test_it_looks_seldom(classifier: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[object] = []
    monkeypatch.setattr(verbs, "tell", lambda *_, **__: looks.append(1))
    for _ in range(5):
        classifier.tend()
    assert classifier._telling is not None
    classifier._telling.join(30)
    assert looks == [1]
