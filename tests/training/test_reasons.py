"""Why a trial won or lost, in the numbers that it is shown with."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ratchet.arrays import Probabilities
from ratchet.metrics.catalogue import METRICS
from ratchet.models.recipe import Recipe
from ratchet.training.attempt import Attempt
from ratchet.training.inputs import Inputs
from ratchet.training.last_fit import Order
from ratchet.training.reasons import UNFITTED, passed_over, why_chosen, why_lost
from ratchet.training.rungs import Unit
from ratchet.training.standing import Judge
from ratchet.training.trial import FoldAnswers, Job
from tests.training.test_standing import JUDGE, ONE, THREE, TWO, right

EVERY = (ONE, TWO, THREE)


def attempt(number: int, answers: dict[Unit, Probabilities], **more: Any) -> Attempt:
    job = Job(
        recipe=Recipe(family="linear.v1"), inputs=Inputs(Path()), task="", encoded=None, columns=None, kinds={},
        classes=2, seed=0, units=(), results=(),
    )  # fmt: skip
    folds = {unit: FoldAnswers(probabilities=each, seconds=1.0) for unit, each in answers.items()}
    given: dict[str, Any] = {"number": number, "candidate": number, "job": job, "folds": folds, "state": "finished"}
    return Attempt(**given | more)


def told(*found: Attempt, compared: int, units: tuple[Unit, ...] = EVERY, highest: int = 0) -> tuple[Any, Order]:
    search: Any = SimpleNamespace(judge=JUDGE, found=list(found), units=EVERY)
    return search, Order(found, compared, units, highest)


def test_on_the_same_folds_the_numbers_are_those_of_the_rows() -> None:
    best, other = attempt(0, right(0.8, *EVERY)), attempt(1, right(0.7, *EVERY))
    ranks = told(best, other, compared=2)
    assert why_chosen(*ranks, best) == "best score"
    assert why_lost(*ranks, other, best) == "0.700, the chosen one has 0.800"


def test_on_other_folds_it_is_said_which_are_compared() -> None:
    best = attempt(0, right(0.8, ONE) | right(0.6, TWO, THREE))
    cut = attempt(1, right(0.7, ONE))
    early = attempt(2, right(0.9, ONE), state="dropped", reason="dropped")
    ranks = told(best, cut, early, compared=2, units=(ONE,))
    assert why_chosen(*ranks, best) == "best score, among 2 trials on the one fold that all of them have"
    assert why_lost(*ranks, cut, best) == "0.700 against 0.800 of trial 0 on the one fold that both have"
    assert why_lost(*ranks, early, best) == "dropped"
    alone = told(best, cut, early, compared=1)
    assert why_chosen(*alone, best) == "the only one that came as far as 3 of 3 folds"


def test_one_that_another_of_its_candidate_stood_for_has_a_reason_too() -> None:
    best, other = attempt(0, right(0.8, *EVERY)), attempt(1, right(0.7, ONE, TWO))
    said = (
        "another trial of its candidate was compared in its place; "
        "0.700 against 0.800 of trial 0 on the 2 folds that both have"
    )
    assert why_lost(*told(best, other, compared=1), other, best) == said


@pytest.mark.parametrize("reason", ["", "dropped"])
def test_a_plainer_way_of_encoding_is_no_reason_to_be_the_chosen_one(reason: str) -> None:
    best = attempt(0, right(0.8, *EVERY))
    plainer = attempt(1, right(0.7, *EVERY), kept="its plainer way of encoding was kept", reason=reason)
    said = why_lost(*told(best, plainer, compared=2), plainer, best)
    assert said == f"{reason or '0.700, the chosen one has 0.800'}; its plainer way of encoding was kept"
    assert not plainer.rule


def test_a_member_that_is_learned_once_more_is_said_to_be_one() -> None:
    whole, member = attempt(1, right(0.8, *EVERY)), attempt(0, right(0.7, *EVERY))
    search, _ = told(member, whole, compared=1)
    assert why_lost(search, Order((whole,), 1, EVERY, 1), member, whole) == "learned as a part of the chosen one"


def test_better_trials_that_could_not_be_fitted_are_told_of_in_one_sentence_by_their_numbers() -> None:
    late, slow = (attempt(number, {}, reason=f"{UNFITTED}{said}") for number, said in ((7, "late"), (2, "slow")))
    chosen = attempt(1, right(0.8, *EVERY))
    assert passed_over([], chosen) == ()
    assert passed_over([late], chosen) == (
        "the best trial, 7, could not be fitted to all rows: late; the first that could is trial 1 (linear.v1)",
    )
    assert passed_over([late, attempt(9, {}, reason=late.reason)], chosen)[0].startswith(
        "the 2 best trials (7 and 9) could not be fitted to all rows: late; the first",
    )
    assert passed_over([slow, late], chosen)[0].startswith(
        "the 2 best trials (2 and 7) could not be fitted to all rows: trial 2 (linear.v1): slow; the first",
    )


def test_scores_that_look_equal_are_given_with_more_places() -> None:
    best, other, equal = (attempt(at, right(share, *EVERY)) for at, share in enumerate((0.8003, 0.8, 0.8003)))
    ranks = told(best, other, equal, compared=3)
    assert why_lost(*ranks, other, best) == "0.8000, the chosen one has 0.8003"
    assert why_lost(*ranks, equal, best).startswith(
        "as good as the chosen one within one standard error (0.800, 0.800)"
    )
    early = told(best, other, equal, compared=1)
    assert "0.8000 against 0.8003 of trial 0 on" in why_lost(*early, other, best)
    assert "0.800, as trial 0 has, on the 3 folds" in why_lost(*early, equal, best)


def test_of_equals_by_a_metric_that_hears_every_probability_the_first_is_chosen() -> None:
    best, other = attempt(0, right(0.8, *EVERY)), attempt(1, right(0.8, *EVERY))
    search, ranks = told(best, other, compared=2)
    search.judge = Judge(METRICS["roc_auc"], JUDGE.labels, JUDGE.plan)
    said = why_lost(search, ranks, other, best)
    assert said == "as good as the chosen one (0.800), which was proposed first"
