import numpy as np

from ratchet.arrays import Hashes
from ratchet.data.near.chance import alike_by_chance, beyond_chance, pairs_of, salted, together


def columns(table: np.ndarray) -> list[Hashes]:
    return [column.astype(np.uint64) for column in table.T]


def test_strangers_agree_by_chance_and_copies_beyond_it() -> None:
    for seed in range(20):
        table = np.random.default_rng(seed).integers(0, 10, (5_000, 6))
        assert not beyond_chance(columns(table))
        assert beyond_chance(columns(np.concatenate([table, table[:500]])))


def test_columns_that_hang_together_are_not_taken_for_copies() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        kind, coin = rng.integers(0, 300, 5_000), rng.integers(0, 2, 5_000)
        assert not beyond_chance(columns(np.stack([kind, kind * 7, kind % 5, coin], axis=1)))


def test_a_column_can_be_taken_out_of_a_sum() -> None:
    one, other, third = columns(np.random.default_rng(0).integers(0, 99, (50, 3)))
    without = together([one, other, third]) - salted(other, 1)
    assert (without == salted(one, 0) + salted(third, 2)).all()
    assert (together([one, other]) != together([other, one])).all()


def test_pairs_are_counted() -> None:
    assert pairs_of(np.array([5, 2, 5, 5], dtype=np.uint64)) == 3
    assert pairs_of(np.zeros(0, dtype=np.uint64)) == 0
    assert not beyond_chance([])


def test_pairs_expected_if_columns_had_nothing_to_do_with_each_other() -> None:
    coin = np.arange(100) % 2
    assert alike_by_chance(columns(np.stack([coin, np.arange(100) // 50], axis=1))) == 4950 * (2450 / 4950) ** 2
    assert alike_by_chance(columns(np.zeros((1, 2), dtype=np.int64))) == 0
