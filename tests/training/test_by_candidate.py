"""The best of each candidate is its first on the leaderboard."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ratchet.metrics.catalogue import METRICS
from ratchet.models.recipe import Recipe
from ratchet.report.leaderboard import leaderboard
from ratchet.statistics.measured import Measured
from ratchet.training import by_candidate
from ratchet.training.tried import Trial


def trial(number: int, candidate: int, score: float, folds: int, rule: str = "") -> Trial:
    return Trial(
        number=number, family=("linear.v1", "forest.v1")[candidate], params={"number": number}, state="finished",
        candidate=candidate, score=score, folds=folds, rule=rule, result=f"trial-{number}",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["macro_f1", "log_loss"])
def test_it_stands_highest_on_the_leaderboard(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the five folds that all had number 2 came before 3, whose score on all fifteen is better."""

    def measured(_: object, each: Trial) -> Measured:
        value = each.score or 0.0
        return Measured(value=value, low=value, high=value, n=1, method="test")

    monkeypatch.setattr(by_candidate, "_measured", measured)
    higher = METRICS[name].higher_is_better
    found = [
        trial(1, 0, 0.588, 5, rule="the best that could be fitted"),
        trial(2, 1, 0.623 if higher else 0.625, 15),
        trial(3, 1, 0.625 if higher else 0.623, 15),
        trial(4, 1, 0.700 if higher else 0.100, 5),
        trial(5, 0, 0.600 if higher else 0.500, 15),
    ]
    gate = SimpleNamespace(measure=lambda *_: METRICS[name])
    task: Any = SimpleNamespace(spec=SimpleNamespace(gate=gate), rows=SimpleNamespace(classes=(), labels=()))
    recipes = [Recipe(family="linear.v1"), Recipe(family="forest.v1")]
    made = by_candidate.by_candidate(task, recipes, found, found)
    assert [(each.params["number"], each.chosen) for each in made] == [(1, True), (3, False)]
    board = leaderboard([each.document() for each in found], higher=higher)
    firsts = {each["candidate"]: each["number"] for each in reversed(board)}
    assert firsts == {0: 1, 1: 3}
