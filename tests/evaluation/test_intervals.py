"""Intervals: equal to references where there are any, narrowing with rows, and sane at the edges."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from ratchet.arrays import Labels, Probabilities
from ratchet.evaluation import metrics
from ratchet.evaluation.intervals.bootstrap import RESAMPLES, bootstrap_interval, resampled
from ratchet.evaluation.intervals.wilson import wilson, wilson_f1
from ratchet.evaluation.measure import class_measures, measured


def _case(rows: int, classes: int = 3, seed: int = 0, help_: float = 0.6) -> tuple[Labels, Probabilities]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, rows).astype(np.int32)
    probabilities = rng.dirichlet(np.ones(classes), rows)
    probabilities[np.arange(rows), labels] += help_
    return labels, probabilities / probabilities.sum(axis=1, keepdims=True)


@given(rows=st.integers(1, 500), data=st.data())
def test_wilson_equals_scipy(rows: int, data: Any) -> None:
    hits = data.draw(st.integers(0, rows))
    low, high = wilson(np.array(float(hits)), np.array(float(rows)))
    expected = binomtest(hits, rows).proportion_ci(method="wilson")
    assert (float(low), float(high)) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_f1_of_a_class_lies_in_its_interval() -> None:
    low, high = wilson_f1(np.array([7.0]), np.array([10.0]))
    assert low[0] < 14 / 17 < high[0]


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(2, 80),
    classes=st.integers(2, 6),
    seed=st.integers(0, 9_999),
    help_=st.sampled_from([0.0, 0.6, 50.0]),
    metric=st.sampled_from(metrics.MEASURED),
)
def test_every_interval_holds_its_value_and_stays_in_range(
    rows: int, classes: int, seed: int, help_: float, metric: str
) -> None:
    found = measured(metric, *_case(rows, classes, seed, help_))
    if np.isnan(found.value):
        assert metric == "roc_auc"
        return
    assert found.low <= found.value <= found.high
    assert found.low >= 0
    assert found.high <= 1 or metric in ("log_loss", "brier")


@pytest.mark.parametrize("metric", metrics.MEASURED)
def test_four_times_the_rows_halve_the_interval(metric: str) -> None:
    few, many = (measured(metric, *_case(rows, seed=rows)) for rows in (1_000, 16_000))
    assert (few.high - few.low) / (many.high - many.low) == pytest.approx(4, rel=0.35)


@pytest.mark.parametrize("metric", metrics.FROM_ANSWERS)
def test_the_bootstrap_agrees_with_the_analytic_interval(metric: str) -> None:
    labels, probabilities = _case(4_000)
    table = metrics.confusion(labels, metrics.answers(probabilities), 3)
    low, high = bootstrap_interval(metric, table, np.random.default_rng(1))
    found = measured(metric, labels, probabilities)
    assert (low, high) == pytest.approx((found.low, found.high), abs=0.003)


def test_ten_thousand_resamples_of_many_rows_take_far_less_than_ten_seconds() -> None:
    labels, probabilities = _case(100_000, classes=27)
    table = metrics.confusion(labels, metrics.answers(probabilities), 27)
    began = time.process_time()
    assert len(resampled("macro_f1", table, np.random.default_rng(0))) == RESAMPLES
    assert time.process_time() - began < 10


def test_perfect_answers_are_not_called_certain() -> None:
    labels, probabilities = _case(30, help_=50.0)
    for metric in (*metrics.FROM_ANSWERS[:1], "macro_f1", "macro_recall", "macro_precision", "roc_auc", "pr_auc"):
        found = measured(metric, labels, probabilities)
        assert found.value == 1
        assert found.low < 0.97, metric


def test_a_rare_class_makes_macro_f1_less_certain() -> None:
    labels = np.repeat(np.arange(2), [990, 10]).astype(np.int32)
    answered = labels.copy()
    answered[:20] = 1
    probabilities = np.where(answered[:, None] == np.arange(2), 0.9, 0.1)
    assert measured("macro_f1", labels, probabilities).high - measured("macro_f1", labels, probabilities).low > 0.1
    card = class_measures(labels, answered, 1)
    assert (card["recall"].n, card["precision"].n, card["support"].value) == (10, 30, 10)


def test_calibration_error_of_a_calibrated_model_may_be_zero() -> None:
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.5, 1, 3_000)
    labels = (rng.random(3_000) > sure).astype(np.int32)
    probabilities = np.column_stack([sure, 1 - sure])
    assert measured("ece", labels, probabilities).low == 0
    shifted = np.clip(sure + 0.2, 0, 1)
    assert measured("ece", labels, np.column_stack([shifted, 1 - shifted])).low > 0.05


@pytest.mark.parametrize("metric", ["log_loss", "brier"])
def test_mean_losses_cover_the_truth(metric: str) -> None:
    rng = np.random.default_rng(4)
    sure = rng.beta(6, 1, 400_000)
    labels = (rng.random(len(sure)) > sure).astype(np.int32)
    probabilities = np.clip(np.column_stack([sure, 1 - sure]), 1e-4, 1)
    truth = metrics.value(metric, labels, probabilities)
    held = []
    for at in range(0, 400_000, 400):
        found = measured(metric, labels[at : at + 400], probabilities[at : at + 400])
        held.append(found.low <= truth <= found.high)
    assert 0.93 <= np.mean(held) <= 0.97
