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
from ratchet.metrics.catalogue import METRICS, choosable, chosen, metric
from ratchet.metrics.ece import BINS


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


def _expected(name: str, labels: Labels, probabilities: Probabilities) -> float:
    predicted = np.argmax(probabilities, axis=1)
    present = np.unique(labels)
    how: dict[str, Any] = {"labels": present, "zero_division": 0.0}
    onehot = labels[:, None] == np.arange(probabilities.shape[1])
    match name:
        case "accuracy":
            return float(reference.accuracy_score(labels, predicted))
        case "macro_f1":
            return float(reference.f1_score(labels, predicted, average="macro", **how))
        case "weighted_f1":
            return float(reference.f1_score(labels, predicted, average="weighted", **how))
        case "macro_precision":
            return float(reference.precision_score(labels, predicted, average="macro", **how))
        case "macro_recall":
            return float(reference.recall_score(labels, predicted, average="macro", **how))
        case "roc_auc":
            return float(np.mean([reference.roc_auc_score(onehot[:, k], probabilities[:, k]) for k in present]))
        case "pr_auc":
            if len(onehot.T) == 2:
                present = onehot.sum(0).argmin(keepdims=True)
            return float(
                np.mean([reference.average_precision_score(onehot[:, k], probabilities[:, k]) for k in present])
            )
        case "log_loss":
            return float(-np.log(np.clip((onehot * probabilities).sum(1), np.exp(-5), 1)).mean())
        case _:
            return float(reference.brier_score_loss(labels, probabilities, labels=np.arange(probabilities.shape[1])))


@pytest.mark.parametrize("name", choosable())
@settings(max_examples=60)
@given(case=_answers())
def test_equals_scikit_learn(name: str, case: tuple[Labels, Probabilities]) -> None:
    labels, probabilities = case
    got = metric(name).value(labels, probabilities)
    pair = probabilities.shape[1] == 2
    if len(np.unique(labels)) == 1 and (name == "roc_auc" or (name == "pr_auc" and pair)):
        assert np.isnan(got)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = _expected(name, labels, probabilities)
    assert got == pytest.approx(expected, abs=1e-9)


@settings(max_examples=50)
@given(case=_answers())
def test_ece_is_the_binned_gap_of_guo(case: tuple[Labels, Probabilities]) -> None:
    labels, probabilities = case
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    edges = np.linspace(0, 1, BINS + 1)
    expected = 0.0
    for low, high in pairwise(edges):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            expected += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    assert METRICS["ece"].value(labels, probabilities) == pytest.approx(expected, abs=0.02)


def test_knows_which_metrics_are_errors() -> None:
    assert [name for name, each in METRICS.items() if not each.higher_is_better] == ["brier", "log_loss", "ece"]


def test_refuses_an_unknown_metric_and_says_which_there_are() -> None:
    with pytest.raises(SpecError, match="macro_f1"):
        metric("f2")


def test_no_rows_give_no_number() -> None:
    assert all(np.isnan(each.value(np.zeros(0, np.int32), np.zeros((0, 3)))) for each in METRICS.values())


def test_a_thousand_classes_need_no_table_of_classes_by_classes() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 1_000, 5_000).astype(np.int32)
    probabilities = rng.dirichlet(np.ones(1_000), 5_000)
    for each in METRICS.values():
        assert np.isfinite(each.value(labels, probabilities))


def test_a_spec_may_not_choose_what_says_nothing_of_better() -> None:
    with pytest.raises(SpecError, match="use one of accuracy"):
        chosen("ece")
    assert chosen("brier") is METRICS["brier"]


def test_labels_of_other_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="2 labels for 3 rows"):
        METRICS["accuracy"].value(np.zeros(2, np.int32), np.ones((3, 2)) / 2)
