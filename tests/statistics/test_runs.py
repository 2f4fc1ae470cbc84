import numpy as np
import pytest

from ratchet.statistics.runs import runs

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shares", [[0.5, 0.5], [0.9, 0.1], [0.6, 0.3, 0.1]])
def test_in_a_random_order_it_rejects_as_often_as_it_says(shares: list[float]) -> None:
    values = RNG.choice(len(shares), 300, p=shares)
    found = [runs(RNG.permutation(values)) for _ in range(4_000)]
    assert np.mean([each.p_value < 0.05 for each in found]) == pytest.approx(0.05, abs=0.02)
    assert np.mean([each.statistic for each in found]) == pytest.approx(0, abs=0.005)


def test_values_that_stay_are_found_and_said_how_strongly() -> None:
    stays = RNG.random(2_000) < 0.8  # each repeats the last, or else is drawn anew from two
    drawn = RNG.integers(0, 2, 2_000)
    values = drawn[np.maximum.accumulate(np.where(stays, 0, np.arange(2_000)))]
    found = runs(values)
    assert found.p_value < 1e-12
    assert found.statistic == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize("values", [[], [0], [1, 1, 1], [0, 1]])
def test_too_little_to_tell(values: list[int]) -> None:
    assert runs(np.array(values, dtype=np.int64)).p_value == 1.0


def test_values_that_take_turns_agree_less_than_by_chance() -> None:
    found = runs(np.arange(100) % 2)
    assert found.statistic < 0
    assert found.p_value == pytest.approx(1.0)
