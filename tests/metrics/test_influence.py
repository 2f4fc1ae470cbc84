"""The influence of a row is the derivative of the metric by the row's weight."""

from __future__ import annotations

import numpy as np
import pytest

from ratchet.arrays import Labels, Probabilities
from ratchet.metrics.catalogue import METRICS
from ratchet.metrics.class_ratio import class_f1_influence
from ratchet.metrics.metric import Metric
from ratchet.metrics.predicted import most_probable


def _case(classes: int, rows: int = 40, ties: bool = False) -> tuple[Labels, Probabilities]:
    rng = np.random.default_rng(classes)
    labels = rng.integers(0, classes, rows).astype(np.int32)
    weights = rng.integers(1, 6, (rows, classes)) if ties else rng.random((rows, classes))
    scores = weights.astype(np.float64)
    scores[np.arange(rows), labels] += 0.5
    return labels, scores / scores.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_is_the_derivative_by_weight(metric: Metric, classes: int, ties: bool) -> None:
    labels, probabilities = _case(classes, ties=ties)
    rows, copies = len(labels), 400
    base = metric.value(labels, probabilities)
    got = metric.influence(labels, probabilities)
    assert got.mean() == pytest.approx(0, abs=1e-12)
    for row in range(0, rows, 5):
        more = np.concatenate([np.tile(np.arange(rows), copies), [row]])
        after = metric.value(labels[more], probabilities[more])
        assert (after - base) * rows * copies == pytest.approx(got[row], abs=0.02, rel=0.02)


def test_class_f1_averages_to_macro_f1() -> None:
    labels, probabilities = _case(4)
    each = [class_f1_influence(k, labels, most_probable(probabilities)) for k in range(4)]
    assert np.mean(each, axis=0) == pytest.approx(METRICS["macro_f1"].influence(labels, probabilities))


def test_a_class_that_never_occurs_is_moved_by_no_row() -> None:
    labels = np.zeros(3, np.int32)
    assert not class_f1_influence(1, labels, labels).any()
