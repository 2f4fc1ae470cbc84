"""The population stability index is the sum of both divergences."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import entropy

from ratchet.statistics.psi import psi


@pytest.mark.parametrize("seed", range(4))
def test_is_the_sum_of_both_divergences(seed: int) -> None:
    was, now = np.random.default_rng(seed).integers(0, 30, (2, 12))
    first, second = was + 0.5, now + 0.5
    assert psi(was, now) == pytest.approx(entropy(first, second) + entropy(second, first))
    assert psi(was, now) == pytest.approx(psi(now, was))


def test_the_same_shares_have_not_shifted() -> None:
    assert psi(np.array([10, 30]), np.array([1_000, 3_000])) == pytest.approx(0, abs=1e-3)
    assert psi(np.array([10, 30]), np.array([20, 60]), smoothing=0) == 0
