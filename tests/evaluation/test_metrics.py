"""Every metric equals scikit-learn's, on any labels and probabilities."""

from __future__ import annotations

import warnings
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from ratchet.arrays import Labels, Probabilities
from ratchet.errors import SpecError
from ratchet.evaluation import metrics
from ratchet.spec import METRICS


@st.composite
def _answers(draw: Any) -> tuple[Labels, Probabilities]:
    """Rows of 2 to 6 classes, some perhaps absent, probabilities with ties."""
    classes = draw(st.integers(2, 6))
    rows = draw(st.integers(1, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    labels = rng.integers(0, draw(st.integers(1, classes)), rows).astype(np.int32)
    weights = rng.integers(1, draw(st.sampled_from([3, 10, 1_000])), (rows, classes)).astype(np.float64)
    weights[np.arange(rows), labels] += draw(st.integers(0, 5))
    return labels, weights / weights.sum(axis=1, keepdims=True)


def _expected(metric: str, labels: Labels, probabilities: Probabilities) -> float:
    answered = np.argmax(probabilities, axis=1)
    present = np.unique(labels)
    how: dict[str, Any] = {"labels": present, "zero_division": 0.0}
    onehot = labels[:, None] == np.arange(probabilities.shape[1])
    match metric:
        case "accuracy":
            return float(reference.accuracy_score(labels, answered))
        case "macro_f1":
            return float(reference.f1_score(labels, answered, average="macro", **how))
        case "weighted_f1":
            return float(reference.f1_score(labels, answered, average="weighted", **how))
        case "macro_precision":
            return float(reference.precision_score(labels, answered, average="macro", **how))
        case "macro_recall":
            return float(reference.recall_score(labels, answered, average="macro", **how))
        case "roc_auc":
            return float(np.mean([reference.roc_auc_score(onehot[:, k], probabilities[:, k]) for k in present]))
        case "pr_auc":
            return float(
                np.mean([reference.average_precision_score(onehot[:, k], probabilities[:, k]) for k in present])
            )
        case "log_loss":
            return float(reference.log_loss(labels, probabilities, labels=np.arange(probabilities.shape[1])))
        case _:
            return float(reference.brier_score_loss(labels, probabilities, labels=np.arange(probabilities.shape[1])))


@pytest.mark.parametrize("metric", METRICS)
@settings(max_examples=60, deadline=None)
@given(case=_answers())
def test_equals_scikit_learn(metric: str, case: tuple[Labels, Probabilities]) -> None:
    labels, probabilities = case
    got = metrics.value(metric, labels, probabilities)
    if metric == "roc_auc" and len(np.unique(labels)) == 1:
        assert np.isnan(got)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = _expected(metric, labels, probabilities)
    assert got == pytest.approx(expected, abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(case=_answers())
def test_ece_is_the_binned_gap_of_guo(case: tuple[Labels, Probabilities]) -> None:
    labels, probabilities = case
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    edges = np.linspace(0, 1, metrics.BINS + 1)
    expected = 0.0
    for low, high in pairwise(edges):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            expected += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    assert metrics.value("ece", labels, probabilities) == pytest.approx(expected, abs=0.02)


def test_knows_which_metrics_are_errors() -> None:
    assert [each for each in metrics.MEASURED if not metrics.higher_is_better(each)] == ["log_loss", "brier", "ece"]


def test_refuses_an_unknown_metric_and_says_which_there_are() -> None:
    with pytest.raises(SpecError, match="macro_f1"):
        metrics.value("f2", np.zeros(1, np.int32), np.ones((1, 2)) / 2)


def test_no_rows_give_no_number() -> None:
    assert all(np.isnan(metrics.value(each, np.zeros(0, np.int32), np.zeros((0, 3)))) for each in metrics.MEASURED)


def test_a_thousand_classes_need_no_table_of_classes_by_classes() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 1_000, 5_000).astype(np.int32)
    probabilities = rng.dirichlet(np.ones(1_000), 5_000)
    for metric in metrics.MEASURED:
        assert np.isfinite(metrics.value(metric, labels, probabilities))
