"""Simulated, scaled down and seeded: the gate is right as often as it says."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tests.gate.growth import World, generation, power


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    path = Path(__file__).parents[2] / "bench" / "gate_simulation.py"
    spec = importlib.util.spec_from_file_location("gate_simulation", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["gate_simulation"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("world", "metric"), [(0, "macro_f1"), (1, "macro_f1"), (1, "accuracy")])
def test_equally_good_challengers_hardly_ever_get_through(bench: ModuleType, world: int, metric: str) -> None:
    differences, chance, promoted = bench.equal((bench.WORLDS[world], metric, 40, 7))
    assert (differences >= 0).any(axis=1).mean() > 0.95, "the naive rule promotes in nearly every sequence"
    assert (chance <= 0.05).any(axis=1).mean() > 0.2, "a test without correction promotes in many"
    assert promoted.any(axis=1).sum() <= 4


def test_equal_challengers_by_auc_hardly_ever_get_through(bench: ModuleType) -> None:
    _, _, promoted = bench.equal_scores((0.5, "roc_auc", 15, 3))
    assert promoted.any(axis=1).sum() <= 2


def test_hill_climbing_on_the_holdout_gets_nowhere(bench: ModuleType) -> None:
    world = bench.WORLDS[0]
    climbed = bench.climb((world, "accuracy", "gate", True, 15, 3))
    assert climbed[:, -1].mean() > -0.2
    naive = bench.climb((world, "accuracy", "new >= old", False, 15, 3))
    assert naive[:, -1].mean() < -0.3


@pytest.mark.parametrize("world", [0, 1])
def test_a_point_better_is_seen_and_a_point_worse_is_not_let_through(bench: ModuleType, world: int) -> None:
    _, promoted, _ = bench.power((bench.WORLDS[world], "accuracy", "accuracy", 0.01, 60, 5))
    assert promoted[:, 0].mean() >= 0.8
    _, promoted, _ = bench.power((bench.WORLDS[world], "macro_f1", "accuracy", -0.01, 30, 6))
    assert not promoted.any()


def test_two_years_of_equally_good_challengers_on_a_growing_holdout_promote_none() -> None:
    # Promised are 5 % of generations; 3 or more of 6 would come about once in 400 such tests.
    world = World(held=2_000, weekly=100, screened=2_000)
    found = [generation(np.random.default_rng((3, seed)), world, 104) for seed in range(6)]
    assert sum(promoted for promoted, _ in found) <= 2
    assert 8 <= np.mean([exams for promoted, exams in found if not promoted]) <= 25, "a screen lets 16 % through"


@pytest.mark.parametrize("week", [2, 20, 52, 104])
def test_a_point_better_is_seen_in_the_first_weeks_and_after_two_years(week: int) -> None:
    # Above 92 % of such challengers pass at once; fewer than 12 of 16 would come about once in 100 such tests.
    world = World(held=10_000, weekly=100, screened=20_000)
    found = [power(np.random.default_rng((4, week, seed)), world, week, 0.01) for seed in range(16)]
    assert sum(found) >= 12


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1", "roc_auc"])
@pytest.mark.parametrize("rows", [200, 2_000])
def test_intervals_hold_the_truth_about_as_often_as_they_say(bench: ModuleType, metric: str, rows: int) -> None:
    for world in bench.WORLDS[:2]:
        assert 0.92 <= bench.coverage((world, metric, rows, 400, 11)) <= 0.985


def test_a_worlds_truth_is_what_many_rows_show(bench: ModuleType) -> None:
    rng = np.random.default_rng(0)
    for world in bench.WORLDS:
        labels, champion = world.rows(rng, 200_000)
        tilt = world.tilt("macro_f1", 0.01)
        challenger = world.challenger(rng, labels, champion, tilt)
        for answered, expected in ((champion, world.truth("macro_f1", 0)), (challenger, world.truth("macro_f1", tilt))):
            got = bench.catalogue.metric("macro_f1").value(labels, bench.probabilities(answered, world.classes))
            assert got == pytest.approx(expected, abs=0.005)
        assert world.truth("macro_f1", tilt) - world.truth("macro_f1", 0) == pytest.approx(0.01)
        assert (challenger != champion).mean() == pytest.approx(0.06, abs=0.004)
