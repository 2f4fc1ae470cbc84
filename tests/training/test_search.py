from __future__ import annotations

from pathlib import Path

from ratchet.metrics.accuracy import Accuracy
from ratchet.models.family import Range
from ratchet.models.recipe import Recipe
from ratchet.training.inputs import Inputs
from ratchet.training.proposals import Proposals
from ratchet.training.search import CandidateSearch, Trial, best_first
from ratchet.training.trial import Job

JOB = Job(
    recipe=Recipe(family="linear.v1"),
    inputs=Inputs(Path()),
    task="task",
    encoded=None,
    columns=None,
    kinds={},
    classes=2,
    metric=Accuracy(),
    seed=0,
)


def search(quota: int = 10) -> CandidateSearch:
    proposals = Proposals({"C": Range(0.01, 10.0, scale="log")}, {"C": 1.0}, method="bayes", seed=0)
    return CandidateSearch(candidate=0, job=JOB, proposals=proposals, quota=quota)


def test_a_candidate_asks_ahead_by_no_more_than_the_workers() -> None:
    one = search()
    assert one.ready(2)
    one.propose(2)
    assert one.ready(2)
    one.propose(2)
    assert not one.ready(2), "the first is not settled"
    one.results[1] = 0.5
    assert not one.ready(2), "nor now: the order counts, not the number"
    one.results[0] = 0.4
    assert one.ready(2)


def test_proposals_do_not_depend_on_which_trial_ends_first() -> None:
    def proposed(first: int, second: int) -> list[object]:
        one = search(30)
        made: list[object] = []
        made += [one.propose(2), one.propose(2)]
        for number in range(2, 20, 2):
            for each in (number - 2 + first, number - 2 + second):
                one.results[each] = float(each % 7)
            made += [one.propose(2), one.propose(2)]
        return made

    assert proposed(0, 1) == proposed(1, 0)


def test_a_candidate_stops_at_its_quota() -> None:
    one = search(1)
    one.propose(1)
    one.results[0] = 0.5
    assert not one.ready(1)


def test_best_first() -> None:
    def trial(number: int, score: float | None) -> Trial:
        return Trial(number=number, family="linear.v1", params={}, state="finished", score=score)

    found = [trial(0, 0.5), trial(1, None), trial(2, 0.9), trial(3, 0.9), trial(4, 0.0)]
    assert [each.number for each in best_first(found, True)] == [2, 3, 0, 4]
    assert [each.number for each in best_first(found, False)] == [4, 0, 2, 3]
