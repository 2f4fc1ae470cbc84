"""Rows of one unit are one piece of evidence."""

from __future__ import annotations

import numpy as np
import pytest

from ratchet.statistics.units import Units, effective_rows, freedom, numbered, rows_or_units, variance


def _units(of: list[int]) -> Units:
    found = numbered(np.array(of))
    assert found is not None
    return found


def test_rows_of_their_own_are_no_units() -> None:
    assert numbered(None) is None
    assert numbered(np.array([5, 3, 9])) is None
    assert _units([5, 3, 5]).count == 2


def test_copies_tell_as_much_as_one_of_them() -> None:
    rng = np.random.default_rng(0)
    found = (rng.random(400) < 0.7).astype(float)
    copies = np.repeat(np.arange(400), 10)
    deviations = found - found.mean()
    part = np.zeros(4_000, np.int64)
    rows = effective_rows(deviations[copies], _units(copies.tolist()), part, 1, 0.95)
    assert rows[0] == pytest.approx(400, rel=0.02)
    assert variance(deviations[copies], _units(copies.tolist())) == pytest.approx(variance(deviations), rel=0.01)


def test_rows_that_agree_by_chance_only_count_nearly_all() -> None:
    rng = np.random.default_rng(0)
    deviations, of = rng.standard_normal(6_000), rng.integers(0, 2_000, 6_000)
    part = (np.arange(6_000) < 2_000).astype(np.int64)
    rows = effective_rows(deviations, _units(of.tolist()), part, 2, 0.95)
    assert rows == pytest.approx([4_000, 2_000], rel=0.08)


def test_where_no_row_differs_a_unit_counts_as_one_row() -> None:
    rows = effective_rows(np.zeros(600), _units((np.arange(600) % 200).tolist()), np.zeros(600, np.int64), 1, 0.95)
    assert rows[0] == pytest.approx(200, rel=0.02)


def test_a_unit_moves_a_number_by_all_its_rows_together() -> None:
    assert _units([0, 0, 1, 2]).summed(np.array([2.0, 2.0, -3.0, -1.0])).tolist() == [3.0, -2.25, -0.75]


def test_rows_that_really_count() -> None:
    assert freedom(np.array([1.0] * 10 + [0.0] * 90)) == pytest.approx(10)
    assert freedom(np.zeros(5)) == np.inf


def test_rows_or_units_of_each_class() -> None:
    classes, at = np.array([0, 0, 1, 0], np.int32), np.arange(4)
    assert rows_or_units(classes, at, None, 3).tolist() == [3, 1, 0]
    assert rows_or_units(classes, at, _units([7, 7, 7, 8]), 3).tolist() == [2, 1, 0]
