"""McNemar's exact test is a binomial test of the rows on which only one model is right."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from ratchet.statistics.mcnemar import mcnemar


@pytest.mark.parametrize("seed", range(5))
def test_equals_the_binomial_test(seed: int) -> None:
    ours, theirs = np.random.default_rng(seed).random((2, 60)) < 0.5
    found = mcnemar(ours, theirs)
    won = int((ours & ~theirs).sum())
    assert (found.statistic, found.n) == (won, int((ours != theirs).sum()))
    assert found.p_value == pytest.approx(binomtest(won, found.n, 0.5, alternative="greater").pvalue)


def test_equal_models_show_nothing() -> None:
    right = np.ones(5, dtype=bool)
    found = mcnemar(right, right)
    assert (found.statistic, found.p_value, found.n) == (0, 1.0, 0)
