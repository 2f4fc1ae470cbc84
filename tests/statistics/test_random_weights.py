"""The test by random weights is what its definition says, and exact where an exact test is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from ratchet.arrays import Floats64
from ratchet.statistics.random_weights import not_above_zero


def _drawn(values: Floats64, shapes: Floats64) -> float:
    rng = np.random.default_rng(1)
    return float((rng.gamma(shapes, size=(400_000, len(values))) @ values <= 0).mean())


@pytest.mark.parametrize(("won", "lost"), [(0, 0), (1, 0), (0, 3), (7, 2), (60, 40), (300, 180)])
def test_is_the_exact_sign_test_for_wins_and_losses(won: int, lost: int) -> None:
    values = np.repeat([1.0, -1.0, 0.0, -1.0], [won, lost, 5, 1])
    found = not_above_zero(values, np.ones(len(values)))
    expected = binomtest(won, won + lost, 0.5, alternative="greater").pvalue if won + lost else 1.0
    assert found == pytest.approx(expected, rel=1e-6)


def test_a_lower_share_is_the_exact_binomial_one() -> None:
    # 17 of 20 right, and the question whether more than 0.6 are: each right row 0.4 above, each wrong one 0.6 below.
    values = np.repeat([0.4, -0.6], [17, 4])
    assert not_above_zero(values, np.ones(21)) == pytest.approx(binom.sf(16, 20, 0.6), rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_is_what_drawing_the_weights_gives(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.append(rng.exponential(1, 12) - 0.5, -2.0)
    shapes = rng.uniform(0.5, 2, 13)
    assert not_above_zero(values, shapes) == pytest.approx(_drawn(values, shapes), rel=0.03, abs=2e-3)


def test_near_the_middle_it_goes_on_smoothly() -> None:
    values = np.array([3.0, -1.0, -1.0, -1.0])
    moved = [not_above_zero(values + each, np.ones(4)) for each in np.linspace(-1e-3, 1e-3, 21)]
    assert np.all(np.diff(moved) < 0)
    assert np.ptp(moved) < 0.01
    assert moved[10] == pytest.approx(_drawn(values, np.ones(4)), abs=0.02)


def test_far_out_it_stays_a_probability_and_falls() -> None:
    values = np.append(np.random.default_rng(2).normal(0, 1, 2_000), -4.0)
    found = [not_above_zero(values + each, np.ones(2_001)) for each in np.linspace(0, 3, 40)]
    assert np.all(np.isfinite(found))
    assert np.all(np.diff(found) <= 0)
    assert min(found) < 1e-30
    assert max(found) <= 1


def test_without_doubt_or_without_hope() -> None:
    assert not_above_zero(np.array([1.0, 2.0]), np.ones(2)) == 0
    assert not_above_zero(np.array([0.0, -2.0]), np.ones(2)) == 1
    assert not_above_zero(np.zeros(3), np.ones(3)) == 1
    assert not_above_zero(np.zeros(0), np.zeros(0)) == 1
