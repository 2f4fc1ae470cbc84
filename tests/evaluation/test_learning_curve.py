"""A power law through scores of growing shares: found again where it holds, with intervals that hold what they say."""

from __future__ import annotations

import numpy as np
import pytest

from ratchet.arrays import Floats64
from ratchet.evaluation.learning_curve import at, curve_of_rows, fitted, in_words
from ratchet.metrics.catalogue import METRICS

SIZES = (400, 720, 1_280, 2_240, 4_000)
ACCURACY = METRICS["accuracy"]


def _scores(a: float, b: float, c: float, noise: float = 0.0, seed: int = 0, folds: int = 5) -> Floats64:
    """Folds that lie apart as a whole, and each size a little by itself."""
    rng = np.random.default_rng(seed)
    errors = a + b * np.asarray(SIZES, dtype=np.float64) ** -c
    return np.asarray(1 - errors - noise * (rng.normal(size=(folds, 1)) + rng.normal(size=(folds, 5))))


def test_a_law_without_noise_is_found_again() -> None:
    laws = fitted(np.array(SIZES, float), 1 - _scores(0.1, 2.0, 0.5)[:1])
    assert at(laws, 8_000)[0] == pytest.approx(0.1 + 2.0 * 8_000**-0.5, abs=1e-4)
    found = curve_of_rows(ACCURACY, SIZES, _scores(0.1, 2.0, 0.5), rows=5_000)
    gain = 2.0 * (5_000**-0.5 - 10_000**-0.5)
    assert found.doubled.value == pytest.approx(gain, abs=5e-4)
    needed = (2.0 / (2.0 * 5_000**-0.5 - 0.01)) ** 2
    assert found.for_a_point.rows == pytest.approx(needed, rel=0.1)
    assert [each.n for each in found.points] == list(SIZES)
    said = in_words(found, ACCURACY)
    assert said.startswith("Twice the labels (10,000 in all) would make it +0.8 points of accuracy better")
    assert "A point more would take about" in said


def test_labels_are_counted_with_those_held_out() -> None:
    alone = curve_of_rows(ACCURACY, SIZES, _scores(0.1, 2.0, 0.5), rows=5_000)
    beside = curve_of_rows(ACCURACY, SIZES, _scores(0.1, 2.0, 0.5), rows=5_000, labels=6_250)
    assert (alone.labels, beside.labels, beside.rows) == (5_000, 6_250, 5_000)
    assert beside.doubled == alone.doubled
    assert alone.for_a_point.rows is not None
    assert beside.for_a_point.rows == pytest.approx(1.25 * alone.for_a_point.rows, abs=2)
    said = in_words(beside, ACCURACY)
    assert said.startswith("Twice the labels (12,500 in all) would")
    assert f"about {beside.for_a_point.rows:,} labels in all" in said


def test_a_flat_curve_promises_nothing() -> None:
    found = curve_of_rows(ACCURACY, SIZES, _scores(0.2, 0.0, 0.5, noise=0.002), rows=5_000)
    assert abs(found.doubled.value) < 0.005
    assert found.for_a_point.rows is None
    assert "is not in sight within 10 times" in in_words(found, ACCURACY)


def test_the_interval_of_a_doubling_holds_it_nearly_as_often_as_it_says() -> None:
    true, held = 1.0 * (5_000**-0.4 - 10_000**-0.4), 0
    for seed in range(100):
        found = curve_of_rows(ACCURACY, SIZES, _scores(0.1, 1.0, 0.4, noise=0.004, seed=seed), rows=5_000, seed=seed)
        held += found.doubled.low <= true <= found.doubled.high
    assert held >= 88


def test_less_is_better_for_a_loss() -> None:
    losses = 1 - _scores(0.1, 2.0, 0.5)
    found = curve_of_rows(METRICS["log_loss"], SIZES, losses, rows=5_000)
    assert found.doubled.value > 0
    assert found.points[0].value > found.points[-1].value
    assert "of log-loss better" in in_words(found, METRICS["log_loss"])


def test_too_few_folds_or_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="two folds and three sizes"):
        curve_of_rows(ACCURACY, SIZES, _scores(0.1, 1.0, 0.4, folds=1), rows=5_000)
