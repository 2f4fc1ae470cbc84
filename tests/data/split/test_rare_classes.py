import numpy as np

from ratchet.data.split.rare_classes import lend_rare
from ratchet.data.split.sides import HOLDOUT, TRAIN, TUNE, Sides


def lent(units: list[int], labels: list[int], settled: list[int] | None = None) -> list[int]:
    """The sides after all rows began in training, with shares of a fifth and a tenth; units move in their order."""
    hashes = np.array(units, dtype=np.uint64)
    sides: Sides = np.full(len(units), TRAIN, dtype=np.uint8)
    fixed = np.isin(units, settled or [])
    order = hashes.astype(np.float64)
    found: list[int] = lend_rare(
        hashes, np.array(labels, dtype=np.int32), sides, fixed, order, shares=(0.2, 0.1)
    ).tolist()
    return found


def test_ten_units_lend_one_to_the_holdout_and_one_to_tune() -> None:
    assert lent(list(range(10)), [0] * 10) == [HOLDOUT, TRAIN, TUNE, *[TRAIN] * 7]


def test_a_single_unit_is_trained_on_and_settled_ones_stay() -> None:
    assert lent([1], [0]) == [TRAIN]
    assert lent([1, 2, 3], [0, 0, 0], settled=[1]) == [TRAIN, HOLDOUT, TRAIN]


def test_all_rows_of_a_unit_move_together() -> None:
    others = list(range(20, 40))
    found = lent([7, 7, 9, 7, *others], [0, 0, 0, 1, *[2] * len(others)])
    assert found[:4] == [HOLDOUT, HOLDOUT, TRAIN, HOLDOUT]
    assert found[4:] == [HOLDOUT, HOLDOUT, TRAIN, TUNE, *[TRAIN] * 16]


def test_where_all_classes_are_rare_the_holdout_grows_by_a_tenth_at_most() -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        labels = np.repeat(np.arange(300), 2).astype(np.int32)
        units, order = rng.permutation(600).astype(np.uint64), rng.random(600)
        sides = np.where(order < 0.3, HOLDOUT, TRAIN).astype(np.uint8)
        free = np.zeros(600, dtype=bool)
        found = lend_rare(units, labels, sides, free, order, shares=(0.3, 0.0))
        assert (found == HOLDOUT).sum() <= max(1.1 * 180 + 1, (sides == HOLDOUT).sum())
        assert np.bincount(labels[found == TRAIN], minlength=300).min() >= 1


def test_classes_held_out_beyond_their_share_give_back_what_others_lend() -> None:
    labels = np.repeat([0, 1], [40, 10])
    units = list(range(50))
    hashes, sides = np.array(units, dtype=np.uint64), np.full(50, TRAIN, dtype=np.uint8)
    sides[:11] = HOLDOUT
    found = lend_rare(
        hashes, labels.astype(np.int32), sides, np.zeros(50, dtype=bool), hashes.astype(float), shares=(0.2, 0.0)
    )
    assert found[40:].tolist() == [HOLDOUT, *[TRAIN] * 9]
    assert (found == HOLDOUT).sum() == 11
