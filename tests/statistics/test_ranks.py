"""Ranks of two groups equal scikit-learn's area and SciPy's Mann-Whitney test."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu
from sklearn.metrics import roc_auc_score

from ratchet.arrays import Floats64
from ratchet.statistics.ranks import auc, mann_whitney


def _two(seed: int, ties: bool) -> tuple[Floats64, Floats64]:
    rng = np.random.default_rng(seed)
    first, second = rng.normal(0.4, 1, 37), rng.normal(0, 1.5, 52)
    return (first.round(), second.round()) if ties else (first, second)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_equal_the_references(seed: int, ties: bool) -> None:
    first, second = _two(seed, ties)
    expected = mannwhitneyu(first, second, method="asymptotic", use_continuity=False)
    found = mann_whitney(first, second)
    assert (found.statistic, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))
    truth = np.repeat([1, 0], [len(first), len(second)])
    assert auc(first, second) == pytest.approx(roc_auc_score(truth, np.concatenate([first, second])))


def test_nothing_to_compare_shows_nothing() -> None:
    none, some = np.zeros(0), np.ones(4)
    assert np.isnan(auc(none, some))
    assert mann_whitney(none, some).p_value == 1
    assert mann_whitney(some, some).p_value == 1
