"""Intervals: equal to references where there are any, narrowing with rows, and sane at the edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ratchet.arrays import Labels, Probabilities
from ratchet.metrics.catalogue import METRICS
from ratchet.metrics.metric import Metric


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


@pytest.mark.parametrize(
    "metric", [each for each in METRICS.values() if each.name != "ece"], ids=lambda each: each.name
)
def test_a_bootstrap_agrees_with_the_analytic_interval(metric: Metric) -> None:
    labels, probabilities = _case(2_000)
    rng, drawn = np.random.default_rng(1), []
    for _ in range(400):
        rows = rng.integers(0, len(labels), len(labels))
        drawn.append(metric.value(labels[rows], probabilities[rows]))
    found = metric.measured(labels, probabilities)
    assert 2 * 1.96 * np.std(drawn) == pytest.approx(found.high - found.low, rel=0.17)


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


def _world(rng: np.random.Generator, rows: int, shares: tuple[float, ...]) -> tuple[Labels, Probabilities]:
    labels = rng.choice(len(shares), rows, p=shares).astype(np.int32)
    logs = rng.standard_normal((rows, len(shares)))
    logs[np.arange(rows), labels] += 1.5
    weights = np.exp(2 * logs)
    return labels, weights / weights.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("name", METRICS)
def test_holds_the_truth_as_often_as_it_says_by_rows_and_by_units(name: str) -> None:
    metric, rng = METRICS[name].about(("a", "b"), 1), np.random.default_rng(3)
    truth = metric.value(*_world(rng, 200_000, (0.6, 0.4)))
    copies = np.repeat(np.arange(200), 10)
    alone, together, blind = list[bool](), list[bool](), list[bool]()
    for _ in range(300):
        labels, probabilities = _world(rng, 200, (0.6, 0.4))
        many = labels[copies], probabilities[copies]
        for held, found in (
            (alone, metric.measured(labels, probabilities)),
            (together, metric.measured(*many, units=copies.astype(np.uint64))),
            (blind, metric.measured(*many)),
        ):
            held.append(found.low <= truth <= found.high)
    assert 0.91 <= np.mean(alone) <= 0.99
    assert 0.91 <= np.mean(together) <= 0.995
    assert np.mean(blind) < 0.75


def test_classes_without_rows_and_with_few_make_it_approximate() -> None:
    labels, probabilities = _world(np.random.default_rng(0), 600, (0.5, 0.5))
    three = np.column_stack([probabilities * 0.98, np.full(600, 0.02)])
    for name in ("macro_f1", "macro_recall", "macro_precision", "roc_auc", "pr_auc"):
        metric = METRICS[name].about(("a", "b", "c"))
        assert not METRICS[name].measured(labels, probabilities).approximate, name
        assert metric.measured(labels, three).approximate, name
        few = labels.copy()
        few[:5] = 2
        assert metric.measured(few, three).approximate, name
    assert not METRICS["accuracy"].measured(labels, three).approximate


def test_few_rows_or_units_of_them_make_any_interval_approximate() -> None:
    labels, probabilities = _world(np.random.default_rng(0), 600, (0.5, 0.5))
    for metric in METRICS.values():
        assert metric.measured(labels[:20], probabilities[:20]).approximate, metric.name
        assert metric.measured(labels, probabilities, units=np.arange(600, dtype=np.uint64) % 20).approximate
    assert "(about 0." in str(METRICS["accuracy"].measured(labels[:20], probabilities[:20]))


def test_a_difference_is_held_within_what_it_can_be() -> None:
    assert METRICS["macro_f1"].difference_within(0.367, 2.184) == (0.367, 1.0)
    assert METRICS["log_loss"].difference_within(-3.0, 40.0) == (-3.0, 5.0)


def test_pr_auc_is_of_the_positive_class_of_two() -> None:
    labels, probabilities = _world(np.random.default_rng(0), 600, (0.8, 0.2))
    rarer, first, second = (
        METRICS["pr_auc"].about(("No", "Yes"), positive).value(labels, probabilities) for positive in (None, 0, 1)
    )
    assert rarer == second
    assert first > second
    assert METRICS["pr_auc"].about(("No", "Yes"), 1).prose == "PR-AUC of Yes"
    assert METRICS["pr_auc"].about(("a", "b", "c")).prose == "mean PR-AUC over 3 classes"
    assert METRICS["accuracy"].about(("No", "Yes"), 1) is METRICS["accuracy"]
