from __future__ import annotations

import numpy as np

from ratchet.arrays import Probabilities
from ratchet.metrics.catalogue import METRICS
from ratchet.training.folds import plan
from ratchet.training.halving import promoted
from ratchet.training.rounds import is_weak, shares
from ratchet.training.rungs import Unit, rungs
from ratchet.training.standing import Judge, common, contenders, ranked

LABELS = (np.arange(9_000) % 2).astype(np.int32)
PLAN = plan(LABELS, np.zeros(9_000, bool), None, folds=3, seed=0)
LADDER = rungs(PLAN)
ONE, TWO, THREE = LADDER[-1]
JUDGE = Judge(METRICS["accuracy"], LABELS, PLAN)


def right(share: float, *units: Unit) -> dict[Unit, Probabilities]:
    """Answers of which a share is right, on some units."""
    made = {}
    for unit in units:
        truth = LABELS[PLAN[unit.repeat][unit.fold].score]
        said = np.where(np.arange(len(truth)) < share * len(truth), truth, 1 - truth)
        made[unit] = np.eye(2)[said]
    return made


def test_trials_are_ranked_on_the_folds_that_all_have() -> None:
    lucky = right(0.9, ONE) | right(0.5, TWO, THREE)
    steady = right(0.8, ONE)
    assert ranked(JUDGE, {0: steady, 1: lucky}) == [1, 0], "on the first fold, the only one that both have"
    assert ranked(JUDGE, {0: steady | right(0.8, TWO, THREE), 1: lucky}) == [0, 1]
    assert common([lucky, steady]) == (ONE,)


def test_of_equals_the_one_proposed_first_comes_first() -> None:
    assert ranked(JUDGE, {4: right(0.8, ONE), 2: right(0.8, ONE), 3: right(0.8, ONE)}) == [2, 3, 4]


def test_what_the_end_of_the_time_cut_short_may_still_win_and_what_was_dropped_may_not() -> None:
    trials = {
        0: right(0.7, ONE, TWO, THREE),
        1: right(0.9, ONE),  # another candidate, which had no time for more
        2: right(0.95, ONE),  # the same candidate, given up
        3: right(0.95, ONE),  # of the first candidate, which has one with all folds
        4: right(0.9, ONE, TWO),  # two of a third candidate that came equally far: two ways of answering together
        5: right(0.9, ONE, TWO),
    }
    of = {0: 0, 1: 1, 2: 1, 3: 0, 4: 2, 5: 2}
    assert contenders(LADDER, trials, of, dropped={2}) == (0, 1, 4, 5)


def test_a_sample_counts_only_where_there_is_nothing_else() -> None:
    sample = Unit(0, 0, sample=True)
    answers = {sample: np.eye(2)[LABELS[:5]], ONE: np.eye(2)[LABELS[:5]]}
    assert common([answers]) == (ONE,)
    assert common([answers, {sample: answers[sample]}]) == (sample,)


def test_the_best_third_of_all_that_came_so_far_goes_on() -> None:
    merits = {0: 0.7, 1: 0.9, 2: 0.8, 3: 0.6, 4: 0.85, 5: 0.1, 6: 0.2}
    assert promoted(merits, {0, 3, 4, 5, 6}) == (4,)
    assert promoted(merits, {3, 5}) == ()
    assert promoted({0: 0.5}, {0}) == (0,)


def test_proposals_are_shared_out_by_place() -> None:
    assert shares([1, 0], 20) == {1: 4, 0: 2}
    assert sum(shares([3, 1, 0, 2, 4, 5, 6], 20).values()) == 7, "each of many gets one"
    assert shares([1, 0], 1) == {1: 1}
    assert shares([1, 0], 0) == {}
    assert shares([], 5) == {}


def test_only_a_lag_beyond_chance_and_beyond_what_settings_bring_is_weak() -> None:
    assert is_weak(0.1, error=0.01, lead=0.3)
    assert not is_weak(0.1, error=0.05, lead=0.3), "chance"
    assert not is_weak(0.02, error=0.001, lead=0.3), "settings"
    assert is_weak(0.02, error=0.001, lead=0.3, large=True), "finding them would take too long"
    assert not is_weak(0.01, error=0.001, lead=0.3, large=True)
