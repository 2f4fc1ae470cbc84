"""Wasserstein's distance equals SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from ratchet.statistics.wasserstein import wasserstein


@pytest.mark.parametrize("digits", [0, 6])
def test_equals_scipy(digits: int) -> None:
    rng = np.random.default_rng(digits)
    first, second = rng.normal(0, 1, 80).round(digits), rng.normal(0.5, 2, 33).round(digits)
    assert wasserstein(first, second) == pytest.approx(wasserstein_distance(first, second))


def test_is_in_the_values_own_unit() -> None:
    first, second = np.array([0.0, 1.0]), np.array([0.0, 3.0])
    assert wasserstein(10 * first, 10 * second) == pytest.approx(10 * wasserstein(first, second))
    assert np.isnan(wasserstein(np.zeros(0), second))
