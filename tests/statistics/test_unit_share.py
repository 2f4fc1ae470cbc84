from __future__ import annotations

import numpy as np
import pytest

from ratchet.arrays import Bools, Hashes
from ratchet.statistics.unit_share import unit_mean, unit_share
from ratchet.statistics.wilson import share


def clustered(rng: np.random.Generator, units: int, size: int, alike: float) -> tuple[Bools, Hashes]:
    """Hits at 0.8: a unit's rows all alike with probability ``alike``, else each drawn by itself."""
    which = np.repeat(np.arange(units, dtype=np.uint64), size)
    own, common = rng.random(units * size) < 0.8, (rng.random(units) < 0.8).repeat(size)
    return np.where((rng.random(units) < alike).repeat(size), common, own), which


def test_rows_that_are_their_own_units_have_wilsons_interval() -> None:
    hits = np.random.default_rng(0).random(200) < 0.7
    alone = unit_share(hits, np.arange(200, dtype=np.uint64))
    plain = share(float(hits.sum()), 200)
    assert (alone.value, alone.low, alone.high) == pytest.approx((plain.value, plain.low, plain.high))
    assert unit_share(hits) == plain


def test_no_rows_say_nothing() -> None:
    nothing = unit_share(np.zeros(0, dtype=bool), np.zeros(0, dtype=np.uint64))
    assert (nothing.low, nothing.high, nothing.n) == (0.0, 1.0, 0)


def test_one_unit_is_one_piece_of_evidence() -> None:
    found = unit_share(np.array([True, True, False, True]), np.zeros(4, dtype=np.uint64))
    assert found.value == 0.75
    assert found.high - found.low > 0.7


@pytest.mark.parametrize(("units", "size", "alike"), [(30, 10, 1.0), (30, 10, 0.3), (100, 5, 0.0), (200, 20, 0.5)])
def test_the_interval_holds_the_truth_as_often_as_it_says(units: int, size: int, alike: float) -> None:
    rng = np.random.default_rng(1)
    found = [unit_share(*clustered(rng, units, size, alike)) for _ in range(1_000)]
    held = np.mean([each.low <= 0.8 <= each.high for each in found])
    assert 0.94 <= held <= 0.99


def test_rows_that_are_unlike_within_their_unit_say_more_than_the_unit_alone() -> None:
    hits, units = clustered(np.random.default_rng(2), 100, 5, 0.0)
    found, alone = unit_share(hits, units), share(80, 100)
    assert found.high - found.low < 0.7 * (alone.high - alone.low)


def test_a_mean_by_unit_covers() -> None:
    rng = np.random.default_rng(3)
    held = []
    for _ in range(1_000):
        which = np.repeat(np.arange(15, dtype=np.uint64), 4)
        values = rng.normal(2, 1, 15).repeat(4) + rng.normal(0, 0.5, 60)
        found = unit_mean(values, which)
        held.append(found.low <= 2 <= found.high)
    assert 0.93 <= np.mean(held) <= 0.97
