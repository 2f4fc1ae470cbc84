"""The paired test is the paired bootstrap without the waiting, and honest where few rows decide."""

from __future__ import annotations

import numpy as np
import pytest

from ratchet.arrays import Labels, Probabilities
from ratchet.evaluation.paired import class_difference, difference
from ratchet.metrics.catalogue import METRICS
from ratchet.metrics.metric import Metric


def _two(rows: int, seed: int = 0) -> tuple[Labels, Probabilities, Probabilities]:
    rng = np.random.default_rng(seed)
    labels = rng.choice(3, rows, p=[0.6, 0.3, 0.1]).astype(np.int32)
    shared = rng.dirichlet(np.ones(3), rows)
    shared[np.arange(rows), labels] += 0.4
    sides = [shared + 0.3 * rng.random((rows, 3)) for _ in range(2)]
    ours, theirs = (side / side.sum(axis=1, keepdims=True) for side in sides)
    return labels, ours, theirs


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_the_error_is_that_of_a_paired_bootstrap(metric: Metric) -> None:
    labels, ours, theirs = _two(1_500)
    rng = np.random.default_rng(1)
    drawn = []
    for _ in range(400):
        rows = rng.integers(0, len(labels), len(labels))
        drawn.append(metric.value(labels[rows], ours[rows]) - metric.value(labels[rows], theirs[rows]))
    assert difference(metric, labels, ours, theirs).error == pytest.approx(np.std(drawn), rel=0.17)


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_turning_it_round_turns_everything(metric: Metric) -> None:
    labels, ours, theirs = _two(300)
    one, other = difference(metric, labels, ours, theirs), difference(metric, labels, theirs, ours)
    assert one.value == pytest.approx(-other.value)
    assert one.interval(0.95)[0] == pytest.approx(-other.interval(0.95)[1], abs=5e-3)
    assert one.p_value() == pytest.approx(other.turned().p_value(), abs=5e-3)


def test_better_means_less_for_errors() -> None:
    labels, ours, _ = _two(500)
    worse = np.full_like(ours, 1 / 3)
    for name in ("log_loss", "brier", "accuracy", "roc_auc"):
        assert difference(METRICS[name], labels, ours, worse).value > 0


def test_one_lucky_row_of_a_rare_class_is_no_proof() -> None:
    labels = np.repeat(np.arange(2), [198, 2]).astype(np.int32)
    theirs = np.where(np.arange(200) < 5, 1, 0).astype(np.int32)
    ours = labels.copy()
    ours[:5] = 1
    ours[-1] = 0
    sure = [np.where(each[:, None] == np.arange(2), 0.9, 0.1) for each in (ours, theirs)]
    found = difference(METRICS["macro_f1"], labels, sure[0], sure[1])
    assert found.value > 0.1
    assert found.p_value() > 0.02
    assert class_difference(1, labels, ours, theirs).p_value() > 0.02


def test_a_margin_makes_it_easier() -> None:
    labels, ours, theirs = _two(800)
    found = difference(METRICS["macro_f1"], labels, ours, theirs)
    assert found.p_value(0.05) < found.p_value() < found.p_value(-0.05)
