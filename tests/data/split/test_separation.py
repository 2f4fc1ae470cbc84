import numpy as np

from ratchet.data.split.separation import separated
from ratchet.data.split.sides import EXCLUDED, HOLDOUT, TRAIN, TUNE, Sides

LEVELS = (TRAIN, TUNE, HOLDOUT)


def test_old_rows_settle_a_key_and_among_new_ones_the_highest_level() -> None:
    keys = np.array(["a", "b", "a", "b"])
    sides = np.array([TRAIN, TRAIN, HOLDOUT, HOLDOUT], dtype=np.uint8)
    old = np.array([True, False, False, False])
    assert separated(keys, sides, old, levels=LEVELS).tolist() == [TRAIN, EXCLUDED, EXCLUDED, HOLDOUT]


def test_old_rows_of_two_levels_let_no_new_row_in() -> None:
    keys = np.zeros(4, dtype=np.int64)
    sides = np.array([TRAIN, HOLDOUT, TRAIN, HOLDOUT], dtype=np.uint8)
    old = np.array([True, True, False, False])
    assert separated(keys, sides, old, levels=LEVELS).tolist() == [TRAIN, HOLDOUT, EXCLUDED, EXCLUDED]


def test_sides_of_one_level_may_share_a_key() -> None:
    keys, old = np.zeros(2, dtype=np.int64), np.zeros(2, dtype=bool)
    sides: Sides = np.array([TRAIN, TUNE], dtype=np.uint8)
    assert separated(keys, sides, old, levels=(TRAIN, TRAIN, HOLDOUT)).tolist() == [TRAIN, TUNE]
    assert separated(keys, sides, old, levels=LEVELS).tolist() == [EXCLUDED, TUNE]
