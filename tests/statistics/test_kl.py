"""Kullback and Leibler's divergence equals SciPy's relative entropy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import entropy

from ratchet.statistics.kl import kl


@pytest.mark.parametrize("seed", range(4))
def test_equals_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    found, reference = rng.integers(0, 9, 15), rng.integers(1, 9, 15)
    assert kl(found, reference) == pytest.approx(entropy(found, reference))


def test_what_the_reference_rules_out_is_infinitely_far() -> None:
    assert kl(np.array([1, 1]), np.array([1, 0])) == np.inf
    assert np.isnan(kl(np.zeros(3), np.ones(3)))
