"""The interval on the logit scale stays within 0 and 1, and is the normal one in the middle."""

from __future__ import annotations

import numpy as np
import pytest

from ratchet.statistics.logit import logit


def test_is_the_normal_one_where_rows_are_many() -> None:
    influences = np.repeat([-0.5, 0.5], 20_000)
    reach = 1.959964 * 0.5 / 200
    assert logit(0.5, influences) == pytest.approx((0.5 - reach, 0.5 + reach), abs=1e-6)


def test_near_one_it_reaches_further_down_than_up() -> None:
    low, high = logit(0.97, np.repeat([-0.17, 0.17], 25))
    assert high < 1
    assert 0.97 - low > high - 0.97


def test_a_perfect_number_of_few_rows_is_not_called_certain() -> None:
    low, high = logit(1.0, np.zeros(20))
    assert low < 0.95
    assert high == 1
