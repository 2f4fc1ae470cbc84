"""The simulation of bench/gate_simulation, scaled down and seeded: the gate is right as often as it says."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from bench.gate_simulation.__main__ import write
from bench.gate_simulation.attack import attacks
from bench.gate_simulation.feedback import Feedback
from bench.gate_simulation.life import Lived, Plan, lives
from bench.gate_simulation.pictures import draw
from bench.gate_simulation.report import seeds, share
from bench.gate_simulation.stairs import STAIRS, staircases
from bench.gate_simulation.worlds import EQUALS, PLAIN, Clusters, Copies, Named, RareLoss, World, predicted
from ratchet.metrics import catalogue


def _erred(found: list[Lived]) -> int:
    return sum(any(each.promoted) for each in found)


@pytest.mark.parametrize("world", EQUALS, ids=lambda each: each.name)
def test_challengers_of_every_world_are_truly_no_better(world: World) -> None:
    rng = np.random.default_rng(3)
    metric = catalogue.metric(world.metric)
    differences = []
    for _ in range(40):
        rows = world.rows(rng, 10_000)
        ours = world.challenger(rng, rows)
        differences.append(metric.value(rows.labels, ours) - metric.value(rows.labels, rows.champion))
    error = float(np.std(differences, ddof=1)) / np.sqrt(len(differences))
    assert abs(float(np.mean(differences))) < 3.5 * error


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1"])
def test_a_better_challenger_gains_what_it_is_said_to(metric: str) -> None:
    rng = np.random.default_rng(4)
    world = Named(name="rare", metric=metric, prior=(0.9, 0.1), recall=(0.9, 0.6))
    rows = world.rows(rng, 400_000)
    found = catalogue.metric(metric)
    gained = found.value(rows.labels, world.challenger(rng, rows, 0.01)) - found.value(rows.labels, rows.champion)
    assert gained == pytest.approx(0.01, abs=0.002)
    assert (predicted(world.challenger(rng, rows)) != predicted(rows.champion)).mean() == pytest.approx(0.06, abs=0.004)


@pytest.mark.parametrize("world", [Clusters(name="groups"), Copies(name="copies"), RareLoss(name="losses")], ids=str)
def test_one_no_better_hardly_ever_gets_through_where_the_first_edition_let_most(world: World) -> None:
    found = lives(world, Plan(), range(12))
    assert _erred(found) <= 2
    assert sum(each.first_edition is not None for each in found) >= 6


def test_a_holdout_that_grows_fast_turns_and_one_a_point_better_gets_through() -> None:
    plan = Plan(weeks=12, held=500, grows=800, later=200, screened=8_000, tested=(8, 12))
    found = lives(PLAIN, plan, range(6), gain=0.02)
    assert all(len(each.promoted) >= 2 for each in found), "generations turn"
    assert all(each.exams < 10 for each in found), "the screen spares most exams"
    assert _erred(found) <= 1
    assert np.mean([each.in_time for each in found]) >= 0.8
    assert all(late or not once for each in found for once, late in zip(each.at_once, each.in_time, strict=True))


def test_feedback_that_prefers_mistakes_is_not_held_out() -> None:
    told, blind = (Feedback(name="", prefers=10.0, told=each) for each in (True, False))
    rows = told.rows(np.random.default_rng(0), 20_000)
    mixed = blind.rows(np.random.default_rng(0), 20_000)
    assert (predicted(rows.champion) == rows.labels).mean() == pytest.approx(0.85, abs=0.01)
    assert (predicted(mixed.champion) == mixed.labels).mean() < 0.8
    assert _erred(lives(told, Plan(held=500, later=50), range(12))) <= 2


def test_the_boosting_attack_is_hardly_worth_twenty_tries() -> None:
    found = attacks("all that is printed", range(12), tries=(20,))
    assert sum(each[0] for each in found) <= 3


def test_a_staircase_ends_within_the_margin() -> None:
    found = staircases(STAIRS[0], range(6))
    assert sum(each[0] for each in found) <= 1


def test_shares_seeds_pages_and_pictures(tmp_path: Path) -> None:
    assert share([True] + [False] * 19) == "5.0 % (0.9 to 23.6)"
    assert [len(each) for each in seeds(25)] == [10, 10, 5]
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- x -->\nold\n<!-- /x -->\nafter\n", "utf-8")
    write("x", "new", page)
    assert page.read_text("utf-8") == "before\n<!-- x -->\nnew\n<!-- /x -->\nafter\n"
    draw({"gate": [0.0, 0.1], "0.1.0, rotating": [0.1, 0.3], "at once": [0.9] * 4, "in time": [1.0] * 4}, tmp_path)
    for name in ("evidence-growth.svg", "evidence-power.svg"):
        assert ET.parse(tmp_path / name).getroot().get("viewBox") == "0 0 400 270"
