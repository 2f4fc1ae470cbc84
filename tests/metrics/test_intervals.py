"""Intervals: equal to references where there are any, narrowing with rows, and sane at the edges."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ratchet.arrays import Labels, Probabilities
from ratchet.metrics.catalogue import METRICS
from ratchet.metrics.macro_f1 import MacroF1
from ratchet.metrics.metric import Metric
from ratchet.metrics.predicted import PredictedMetric, confusion, most_probable
from ratchet.metrics.resampling import RESAMPLES, bootstrap, resampled


def _case(rows: int, classes: int = 3, seed: int = 0, help_: float = 0.6) -> tuple[Labels, Probabilities]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, rows).astype(np.int32)
    probabilities = rng.dirichlet(np.ones(classes), rows)
    probabilities[np.arange(rows), labels] += help_
    return labels, probabilities / probabilities.sum(axis=1, keepdims=True)


@settings(max_examples=60)
@example(rows=2, classes=2, seed=0, help_=0.0, metric=METRICS["ece"])
@given(
    rows=st.integers(2, 80),
    classes=st.integers(2, 6),
    seed=st.integers(0, 9_999),
    help_=st.sampled_from([0.0, 0.6, 50.0]),
    metric=st.sampled_from(list(METRICS.values())),
)
def test_every_interval_holds_its_value_and_stays_in_range(
    rows: int, classes: int, seed: int, help_: float, metric: Metric
) -> None:
    found = metric.measured(*_case(rows, classes, seed, help_))
    if np.isnan(found.value):
        assert metric.name in {"roc_auc", "pr_auc"}
        return
    assert found.low <= found.value <= found.high
    low, high = metric.bounds
    assert low <= found.low
    assert found.high <= high


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_four_times_the_rows_halve_the_interval(metric: Metric) -> None:
    few, many = (metric.measured(*_case(rows, seed=rows)) for rows in (1_000, 16_000))
    assert (few.high - few.low) / (many.high - many.low) == pytest.approx(4, rel=0.35)


@pytest.mark.parametrize("metric", [each for each in METRICS.values() if isinstance(each, PredictedMetric)])
def test_the_bootstrap_agrees_with_the_analytic_interval(metric: PredictedMetric) -> None:
    labels, probabilities = _case(4_000)
    table = confusion(labels, most_probable(probabilities), 3)
    low, high = bootstrap(metric, table, np.random.default_rng(1))
    found = metric.measured(labels, probabilities)
    assert (low, high) == pytest.approx((found.low, found.high), abs=0.003)


def test_ten_thousand_resamples_of_many_rows_take_far_less_than_ten_seconds() -> None:
    labels, probabilities = _case(100_000, classes=27)
    table = confusion(labels, most_probable(probabilities), 27)
    began = time.process_time()
    assert len(resampled(MacroF1(), table, np.random.default_rng(0))) == RESAMPLES
    assert time.process_time() - began < 10


def test_perfect_answers_are_not_called_certain() -> None:
    labels, probabilities = _case(30, help_=50.0)
    for name in ("accuracy", "macro_f1", "macro_recall", "macro_precision", "roc_auc", "pr_auc"):
        found = METRICS[name].measured(labels, probabilities)
        assert found.value == 1
        assert found.low < 0.97, name


def test_a_rare_class_makes_macro_f1_less_certain() -> None:
    labels = np.repeat(np.arange(2), [990, 10]).astype(np.int32)
    answered = labels.copy()
    answered[:20] = 1
    probabilities = np.where(answered[:, None] == np.arange(2), 0.9, 0.1)
    found = METRICS["macro_f1"].measured(labels, probabilities)
    assert found.high - found.low > 0.1


def test_calibration_error_of_a_calibrated_model_may_be_zero() -> None:
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.5, 1, 3_000)
    labels = (rng.random(3_000) > sure).astype(np.int32)
    probabilities = np.column_stack([sure, 1 - sure])
    assert METRICS["ece"].measured(labels, probabilities).low == 0
    shifted = np.clip(sure + 0.2, 0, 1)
    assert METRICS["ece"].measured(labels, np.column_stack([shifted, 1 - shifted])).low > 0.05


@pytest.mark.parametrize("name", ["log_loss", "brier"])
def test_mean_losses_cover_the_truth(name: str) -> None:
    rng = np.random.default_rng(4)
    sure = rng.beta(6, 1, 400_000)
    labels = (rng.random(len(sure)) > sure).astype(np.int32)
    probabilities = np.clip(np.column_stack([sure, 1 - sure]), 1e-4, 1)
    truth = METRICS[name].value(labels, probabilities)
    held = []
    for at in range(0, 400_000, 400):
        found = METRICS[name].measured(labels[at : at + 400], probabilities[at : at + 400])
        held.append(found.low <= truth <= found.high)
    assert 0.93 <= np.mean(held) <= 0.97
