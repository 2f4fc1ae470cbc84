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
