import numpy as np

from ratchet.data.split.hash import inherited, side_by_hash, uniform
from ratchet.data.split.sides import EXCLUDED, HOLDOUT, TRAIN, TUNE


def test_new_rows_of_a_known_unit_take_its_side() -> None:
    units = np.array([7, 9, 7, 5], dtype=np.uint64)
    sides = np.array([HOLDOUT, TRAIN, TRAIN, TUNE], dtype=np.uint8)
    old = np.array([True, True, False, False])
    assert inherited(units, sides, old, keep_excluded=True).tolist() == [HOLDOUT, TRAIN, HOLDOUT, TUNE]
    assert inherited(units, sides, ~old & old, keep_excluded=True).tolist() == sides.tolist()


def test_an_excluded_row_passes_its_side_on_only_where_asked() -> None:
    units, old = np.array([7, 7], dtype=np.uint64), np.array([True, False])
    sides = np.array([EXCLUDED, TRAIN], dtype=np.uint8)
    assert inherited(units, sides, old, keep_excluded=True).tolist() == [EXCLUDED, EXCLUDED]
    assert inherited(units, sides, old, keep_excluded=False).tolist() == [EXCLUDED, TRAIN]


def test_numbers_are_even_and_others_for_another_salt() -> None:
    units = np.arange(20_000, dtype=np.uint64)
    place = uniform(units, 0, 0)
    assert 0 <= place.min() < place.max() < 1
    assert abs(np.histogram(place, bins=10, range=(0, 1))[0] - 2_000).max() < 200
    assert abs(np.corrcoef(place, uniform(units, 0, 1))[0, 1]) < 0.05
    place = np.array([0.1, 0.25, 0.4, 0.5])
    assert side_by_hash(place, holdout=0.25, tune=0.25).tolist() == [HOLDOUT, TUNE, TUNE, TRAIN]
