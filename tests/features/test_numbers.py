"""robust.v1, bins.v1 and standard.v1: what becomes of a number."""

from __future__ import annotations

import numpy as np

from ratchet.features.bins import Bins
from ratchet.features.hashed import BUCKETS, Hashed
from ratchet.features.robust import Robust
from ratchet.features.standard import Standard


def test_robust_units_are_deviations_from_the_median_and_held() -> None:
    made = Robust().fit(np.random.default_rng(0).normal(10, 2, 10_000))
    found = made.transform(np.array([10.0, 12.0, 1e9, -np.inf])).dense[:, 0]
    np.testing.assert_allclose(found, [0, 1, 5, -5], atol=0.1)
    assert made.names() == [""]


def test_robust_flags_missing_values_where_training_had_some() -> None:
    made = Robust().fit(np.array([1.0, 2.0, 3.0, np.nan]))
    assert made.transform(np.array([np.nan, 2.0])).dense.tolist() == [[0.0, 1.0], [0.0, 0.0]]


def test_a_constant_number_is_worth_nothing() -> None:
    assert not Robust().fit(np.full(9, 7.0)).transform(np.array([7.0])).dense.any()
    assert Bins().fit(np.full(9, 7.0)).names() == ["is there", "is missing"]


def test_bins_hold_about_equally_many_rows() -> None:
    values = np.random.default_rng(0).exponential(size=12_000)
    cells = Bins().fit(values).transform(values).dense
    assert cells.sum(axis=1).tolist() == [1.0] * 12_000
    assert cells.sum(axis=0)[:-1].min() > 900
    assert cells.sum(axis=0)[-1] == 0


def test_bins_end_where_values_repeat() -> None:
    made = Bins().fit(np.array([0.0] * 8 + [1.0, 2.0, 2.0, 3.0]))
    assert made.names() == ["below 1.0", "from 1.0 to below 2.0", "from 2.0 to below 3.0", "from 3.0", "is missing"]
    found = made.transform(np.array([-5.0, 0.0, 1.0, 2.5, np.inf, np.nan])).dense
    assert found.argmax(axis=1).tolist() == [0, 0, 1, 2, 3, 4]


def test_numbers_near_the_largest_there_are() -> None:
    column = np.array([1e308, -1e308, 1.7e308, -1.7e308] * 9)
    for made in (Standard(), Robust(), Bins()):
        assert np.isfinite(made.fit(column).transform(column).dense).all()


def test_a_hashed_value_has_one_bucket_seen_or_not() -> None:
    cells = Hashed().fit(["a"]).transform(["a", "b", None, "a"]).sparse
    assert cells is not None
    assert cells.indices[0] == cells.indices[3] != cells.indices[1]
    assert cells.indices[2] == BUCKETS
    spread = Hashed().transform([f"user {at}" for at in range(5_000)]).sparse
    assert spread is not None
    assert len(np.unique(spread.indices)) > 4_000
