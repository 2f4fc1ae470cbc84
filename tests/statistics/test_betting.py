"""Wealth is a fair game: it grows with the truth, and by chance as seldom as it says."""

from __future__ import annotations

import numpy as np
import pytest

from ratchet.statistics.betting import _FRACTIONS, p_value, wealth


def test_is_the_mean_of_twenty_purses() -> None:
    x = np.random.default_rng(0).uniform(-2, 2, 50)
    purses = [np.cumprod(1 + fraction * x / 2) for fraction in _FRACTIONS]
    assert wealth(x, 2.0) == pytest.approx(np.mean(purses, axis=0))
    assert len(purses) == 20


@pytest.mark.parametrize("rare", [0.5, 0.05, 0.0005])
def test_it_seldom_grows_twentyfold_by_chance(rare: float) -> None:
    """Values of mean zero, one in 2, 20 or 2,000 of which loses all; looked at after every one."""
    rng = np.random.default_rng(3)
    won = [wealth(np.where(rng.random(3_000) < rare, -1.0, rare / (1 - rare)), 1.0).max() >= 20 for _ in range(400)]
    assert np.mean(won) <= 0.05


def test_it_grows_where_there_is_something() -> None:
    x = np.random.default_rng(4).choice([-1.0, 0.0, 1.0], 20_000, p=[0.025, 0.94, 0.035])
    assert p_value(wealth(x, 1.0)) < 1e-3
    assert p_value(wealth(-x, 1.0)) > 0.1


def test_later_values_go_on_from_it() -> None:
    x = np.random.default_rng(5).uniform(-1, 1, 30)
    assert wealth(x, 1.0)[:10] == pytest.approx(wealth(x[:10], 1.0))


def test_endless_luck_is_counted_to_the_end() -> None:
    found = wealth(np.ones(5_000), 1.0)
    assert np.all(np.isfinite(found))
    assert np.all(np.diff(found) >= 0)


def test_nothing_is_no_evidence() -> None:
    assert len(wealth(np.zeros(0), 1.0)) == 0
    assert p_value(np.zeros(0)) == 1


@pytest.mark.parametrize("bound", [0.9, 0.0, float("nan")])
def test_values_beyond_the_bound_are_refused(bound: float) -> None:
    with pytest.raises(ValueError, match="not within"):
        wealth(np.array([0.2, -1.0]), bound)
