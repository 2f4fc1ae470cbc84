"""Hall's interval is Student's where rows are not skewed, and leans with them where they are."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm, skew

from ratchet.statistics.hall import hall, skewness


def test_rows_without_skewness_have_the_normal_interval() -> None:
    rows = np.repeat([-1.0, 1.0], 50)
    reach = norm.ppf(0.975) * rows.std(ddof=1) / 10
    assert hall(5.0, rows) == pytest.approx((5 - reach, 5 + reach))


def test_skewness_equals_scipy() -> None:
    rows = np.random.default_rng(0).exponential(size=200)
    assert skewness(rows - rows.mean()) == pytest.approx(skew(rows))
    assert skewness(np.zeros(4)) == 0


def test_a_few_terrible_rows_reach_up_more_than_down() -> None:
    rows = np.random.default_rng(1).exponential(size=100)
    low, high = hall(rows.mean(), rows - rows.mean())
    assert high - rows.mean() > rows.mean() - low


def test_holds_the_mean_of_skewed_rows_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    held = []
    for _ in range(1_500):
        rows = rng.exponential(size=60)
        low, high = hall(rows.mean(), rows - rows.mean())
        held.append(low <= 1.0 <= high)
    assert 0.93 <= np.mean(held) <= 0.97


def test_one_row_says_nothing_of_the_spread() -> None:
    assert np.isnan(hall(1.0, np.zeros(1))).all()
