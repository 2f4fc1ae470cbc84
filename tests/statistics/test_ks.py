"""Kolmogorov and Smirnov's test equals SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp

from ratchet.statistics.ks import ks


@pytest.mark.parametrize("shift", [0.0, 0.2, 2.0])
@pytest.mark.parametrize("digits", [0, 1, 8])
def test_equals_scipy(shift: float, digits: int) -> None:
    rng = np.random.default_rng(digits)
    first, second = rng.normal(0, 1, 300).round(digits), rng.normal(shift, 1, 170).round(digits)
    expected = ks_2samp(first, second, method="asymp")
    found = ks(first, second)
    assert (found.statistic, found.p_value) == pytest.approx((expected.statistic, expected.pvalue), abs=1e-12)
    assert found.n == 470


def test_an_empty_sample_shows_nothing() -> None:
    assert ks(np.zeros(0), np.ones(3)).p_value == 1
