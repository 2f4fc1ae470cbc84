"""Wilson's interval equals SciPy's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from ratchet.statistics.wilson import share, wilson, wilson_f1, wilson_of


@given(rows=st.integers(1, 500), data=st.data())
def test_wilson_equals_scipy(rows: int, data: Any) -> None:
    hits = data.draw(st.integers(0, rows))
    low, high = wilson(np.array(float(hits)), np.array(float(rows)))
    expected = binomtest(hits, rows).proportion_ci(method="wilson")
    assert (float(low), float(high)) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_f1_of_a_class_lies_in_its_interval() -> None:
    low, high = wilson_f1(np.array([7.0]), np.array([10.0]))
    assert low[0] < 14 / 17 < high[0]


def test_a_share_of_no_rows_may_be_anything() -> None:
    found = share(0, 0)
    assert (found.value, found.low, found.high, found.n) == (0.0, 0.0, 1.0, 0)


def test_a_number_with_a_variance_is_a_share_of_as_many_rows() -> None:
    low, high = wilson(np.array(90.0), np.array(100.0))
    assert wilson_of(0.9, 0.9 * 0.1 / 100, rows=7) == pytest.approx((float(low), float(high)))
    assert wilson_of(1.0, 0.0, rows=20) == pytest.approx((float(wilson(np.array(20.0), np.array(20.0))[0]), 1.0))


def test_a_variance_that_is_estimated_from_few_is_trusted_less() -> None:
    sure, guessed = wilson_of(0.7, 0.01, rows=50), wilson_of(0.7, 0.01, rows=50, freedom=4)
    assert guessed[0] < sure[0] < sure[1] < guessed[1]
