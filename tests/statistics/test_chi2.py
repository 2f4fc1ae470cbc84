"""The chi-squared test and Cramer's V equal SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2_contingency
from scipy.stats.contingency import association

from ratchet.statistics.chi2 import chi2, cramers_v


@pytest.mark.parametrize("shape", [(2, 2), (2, 5), (4, 3), (10, 2)])
@pytest.mark.parametrize("seed", range(3))
def test_equal_scipy(shape: tuple[int, int], seed: int) -> None:
    table = np.random.default_rng(seed).integers(1, 40, shape)
    expected = chi2_contingency(table)
    found = chi2(table)
    assert (found.statistic, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))
    assert found.n == table.sum()
    assert cramers_v(table) == pytest.approx(association(table, method="cramer"))


def test_rows_and_columns_of_nothing_are_left_out() -> None:
    table = np.array([[30, 0, 10], [0, 0, 0], [12, 0, 25]])
    assert chi2(table) == chi2(np.array([[30, 10], [12, 25]]))
    assert cramers_v(table) == cramers_v(np.array([[30, 10], [12, 25]]))


def test_one_row_has_nothing_to_do_with_anything() -> None:
    assert chi2(np.array([[5, 6]])).p_value == 1
    assert cramers_v(np.array([[5, 6], [0, 0]])) == 0


def test_what_goes_together_wholly_is_one() -> None:
    assert cramers_v(np.diag([10, 20, 30])) == pytest.approx(1)
