import numpy as np
import pytest

from ratchet.data.near.within import cells, pairs_within


@pytest.mark.parametrize("columns", [3, 20])
def test_nearly_all_pairs_within_a_distance_are_found_and_no_other(columns: int) -> None:
    rng = np.random.default_rng(0)
    table = np.repeat(100 * rng.random((500, columns)), 2, axis=0)
    table[1::2] += rng.uniform(-2, 2, (500, columns))
    apart = np.abs(table[:, None] - table[None]).max(axis=2)
    true = {(one, other) for one, other in np.argwhere(apart <= 1.5).tolist() if one < other}
    found = {(min(pair), max(pair)) for pair in pairs_within(list(table.T), 1.5).tolist()}
    assert found <= true
    assert len(found) > 0.95 * len(true)


def test_a_crowd_is_let_be() -> None:
    assert pairs_within([np.zeros(2_000)], 1.0).shape == (0, 2)
    assert pairs_within([np.zeros(3)], 1.0).shape == (3, 2)
    assert pairs_within([np.zeros(0)], 1.0).shape == (0, 2)


def test_a_shift_moves_the_lines() -> None:
    column = np.array([0.9, 1.1])
    apart, together = (cells([column], 1.0, np.array([shift])) for shift in (0.0, 0.5))
    assert apart[0] != apart[1]
    assert together[0] == together[1]
