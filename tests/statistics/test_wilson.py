"""Wilson's interval equals SciPy's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from ratchet.statistics.wilson import share, wilson, wilson_f1


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
