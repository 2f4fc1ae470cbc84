"""MOVER: a mean of one part is that part, and independent parts narrow by the root of their number."""

from __future__ import annotations

import numpy as np
import pytest

from ratchet.statistics.mover import mover


def test_the_mean_of_one_part_has_its_interval() -> None:
    one = np.array([0.6])
    assert mover(one, one - 0.2, one + 0.1, np.array([0.01]), 0.01) == pytest.approx((0.4, 0.7))


def test_parts_on_their_own_narrow_and_parts_hand_in_hand_do_not() -> None:
    values, variances = np.full(4, 0.5), np.full(4, 0.01)
    alone = mover(values, values - 0.2, values + 0.1, variances, 0.01 / 4)
    together = mover(values, values - 0.2, values + 0.1, variances, 0.01)
    assert alone == pytest.approx((0.4, 0.55))
    assert together == pytest.approx((0.3, 0.6))


def test_bias_is_taken_off_and_no_end_leaves_the_range() -> None:
    values, variances = np.array([0.9, 0.95]), np.full(2, 0.01)
    low, high = mover(values, values - 0.1, values + 0.4, variances, 0.005, bias=-0.02)
    assert high == 1
    assert low == pytest.approx(0.945 - 0.1 / 2**0.5)
