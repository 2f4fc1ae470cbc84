from __future__ import annotations

from typing import Any

import pytest

from ratchet.models.family import Choice, Range
from ratchet.training.proposals import Method, Proposals, Space, points

SPACE: Space = {
    "C": Range(0.01, 100.0, scale="log", points=5),
    "leaves": Range(2, 32, scale="log", whole=True, points=3),
    "loss": Choice(("hinge", "log")),
}
DEFAULTS = {"C": 1.0, "leaves": 8, "loss": "log", "fixed": 7}


def asked(method: Method, seed: int, count: int) -> list[dict[str, Any]]:
    proposals, made = Proposals(SPACE, DEFAULTS, method=method, seed=seed), []
    for _ in range(count):
        found = proposals.ask()
        if found is None:
            break
        number, params = found
        proposals.tell(number, -abs(params["C"] - 3.0))
        made.append(params)
    return made


@pytest.mark.parametrize("method", ["grid", "random", "bayes"])
def test_the_defaults_come_first_and_all_lies_in_the_space(method: Method) -> None:
    made = asked(method, 1, 12)
    assert made[0] == DEFAULTS
    for params in made:
        assert 0.01 <= params["C"] <= 100
        assert isinstance(params["leaves"], int)
        assert 2 <= params["leaves"] <= 32
        assert params["loss"] in ("hinge", "log")
        assert params["fixed"] == 7


@pytest.mark.parametrize("method", ["grid", "random", "bayes"])
def test_a_seed_gives_the_same_proposals_and_another_others(method: Method) -> None:
    assert asked(method, 1, 12) == asked(method, 1, 12)
    assert asked(method, 1, 12) != asked(method, 2, 12)


def test_a_grid_has_every_combination_once() -> None:
    made = asked("grid", 0, 1000)
    assert len(made) == 5 * 3 * 2 == len({tuple(each.values()) for each in made})


def test_bayes_goes_where_scores_are_good() -> None:
    late = [abs(params["C"] - 3.0) for params in asked("bayes", 0, 40)[-15:]]
    by_chance = [abs(params["C"] - 3.0) for params in asked("random", 0, 40)[-15:]]
    assert sorted(late)[7] < sorted(by_chance)[7]


@pytest.mark.parametrize("method", ["grid", "random", "bayes"])
def test_nothing_free_is_one_trial(method: Method) -> None:
    proposals = Proposals({}, {"C": 1.0}, method=method, seed=0)
    assert proposals.ask() == (0, {"C": 1.0})
    proposals.tell(0, 0.5)
    assert proposals.ask() is None


def test_failed_trials_are_no_trouble() -> None:
    proposals = Proposals(SPACE, DEFAULTS, method="bayes", seed=0)
    for number in range(8):
        found = proposals.ask()
        assert found is not None
        proposals.tell(number, None)


def test_points_of_whole_ranges_are_whole() -> None:
    assert points(Range(1, 3, whole=True, points=9)) == [1, 2, 3]


@pytest.mark.parametrize("method", ["grid", "random", "bayes"])
def test_a_range_of_one_number_is_not_searched(method: Method) -> None:
    proposals = Proposals({"rounds": Range(300, 300, whole=True)}, {"rounds": 300}, method=method, seed=0)
    assert proposals.ask() == (0, {"rounds": 300})
    assert proposals.ask() is None
