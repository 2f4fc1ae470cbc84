"""Metrics by name: ours from the table, others from installed packages, and one spelling on every screen."""

from __future__ import annotations

from importlib.metadata import EntryPoint, EntryPoints

import numpy as np
import pytest

from ratchet.arrays import Labels, Probabilities
from ratchet.errors import SpecError
from ratchet.evaluation.score import score
from ratchet.metrics import catalogue
from ratchet.metrics.accuracy import Accuracy
from ratchet.report.page import page
from ratchet.spec import parse

SPEC = {"name": "reviews", "label": "y", "columns": {"text": "text"}, "candidates": [{"family": "linear.v1"}]}


class _Kappa(Accuracy):
    """Cohen's kappa, as a package might add it."""

    name = "kappa"
    prose = "Cohen's kappa"
    meaning = "how far predictions agree with the truth beyond chance"
    bounds = (-1.0, 1.0)

    def _value(self, labels: Labels, probabilities: Probabilities) -> float:
        accuracy = super()._value(labels, probabilities)
        classes = probabilities.shape[1]
        truth = np.bincount(labels, minlength=classes) / len(labels)
        by_chance = float(truth @ np.bincount(probabilities.argmax(axis=1), minlength=classes)) / len(labels)
        return (accuracy - by_chance) / (1 - by_chance)


KAPPA = _Kappa()


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint(name="kappa", value=f"{__name__}:KAPPA", group=catalogue.GROUP)
    monkeypatch.setattr(EntryPoint, "load", lambda self: KAPPA)
    monkeypatch.setattr("ratchet.catalogue.entry_points", lambda *, group: EntryPoints([point]).select(group=group))


@pytest.mark.usefixtures("installed")
def test_a_metric_of_a_package_may_be_chosen_scored_and_shown() -> None:
    spec = parse({**SPEC, "gate": {"metric": "kappa"}})
    labels = np.arange(60, dtype=np.int32) % 2
    sure = np.where(labels[:, None] == np.arange(2), 0.9, 0.1)
    card = score(classes=("a", "b"), labels=labels, probabilities=sure, baselines={}, metric=spec.gate.metric)
    assert list(card.metrics) == [*catalogue.METRICS, "kappa"]
    shown = page({"metrics": {"kappa": {"value": 1.0, "low": 0.9, "high": 1.0}, "accuracy": {"value": 0.5}}})
    assert "Cohen&#x27;s kappa<small>more is better" in shown
    assert "Cohen's kappa" in card.summary


def test_a_name_that_is_no_metric_is_located_and_told_those_there_are() -> None:
    for name in ("f1", "ece"):
        with pytest.raises(SpecError, match=rf"gate\.metric: found '{name}', expected one of accuracy, macro_f1"):
            parse({**SPEC, "gate": {"metric": name}})


def test_one_that_is_not_installed_here_is_shown_by_its_name() -> None:
    assert catalogue.find("f2") is None
    assert catalogue.heading("top_3_accuracy") == "Top 3 accuracy"
