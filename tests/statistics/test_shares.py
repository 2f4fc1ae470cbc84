"""A share by rows is Wilson's; by units it is as sure as so many rows alone."""

from __future__ import annotations

import numpy as np
import pytest

from ratchet.statistics.shares import share_of
from ratchet.statistics.units import numbered
from ratchet.statistics.wilson import share


def test_by_rows_it_is_wilsons() -> None:
    found, known = share_of(np.arange(40) < 30), share(30, 40)
    assert (found.value, found.low, found.high, found.n) == (known.value, known.low, known.high, 40)
    assert (found.method, found.approximate) == ("wilson", False)


def test_by_units_copies_are_one_row() -> None:
    copies = np.repeat(np.arange(40), 5)
    found, alone = share_of(copies < 30, numbered(copies)), share(30, 40)
    assert (found.low, found.high) == pytest.approx((alone.low, alone.high), abs=0.01)
    assert (found.method, found.n) == ("wilson by units", 200)


def test_few_rows_or_units_are_said_to_be_approximate_and_none_tell_nothing() -> None:
    assert share_of(np.arange(10) < 9).approximate
    assert share_of(np.arange(100) < 90, numbered(np.arange(100) % 9)).approximate
    nothing = share_of(np.zeros(0, dtype=bool))
    assert (nothing.value, nothing.low, nothing.high) == (0.0, 0.0, 1.0)
