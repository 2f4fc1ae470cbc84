"""What is said of a search as a whole: how it ended, and which candidates got no full trial."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from ratchet.models.recipe import Recipe
from ratchet.spec import CandidateSpec
from ratchet.training.entrant import Entrant
from ratchet.training.findings import findings
from ratchet.training.tried import Trial
from tests.training.test_reasons import EVERY, attempt

LINEAR = CandidateSpec(family="linear.v1")


def entrant(number: int, encoder: str) -> Entrant:
    made = attempt(number, {}, candidate=number, state="stopped")
    encoders = {"age": "standard.v1", "note": encoder}
    job = replace(made.job, recipe=Recipe(family="linear.v1", encoders=encoders))
    return Entrant(candidate=number, spec=LINEAR, job=job, rows=100, made=[made])


def search(
    *entrants: Entrant,
    ways: int = 0,
    ensembles: int = 0,
    asked: int = 20,
    late: bool = False,
    interrupted: bool = False,
) -> Any:
    found = [each for one in entrants for each in one.made]
    found += [attempt(10 + at, {}, state="dropped") for at in range(ways)]
    found += [attempt(20 + at, {}, members=(found[0], found[0])) for at in range(ensembles)]
    spec = SimpleNamespace(candidates=[each.spec for each in entrants], search=SimpleNamespace(budget=8.0))
    return SimpleNamespace(
        again=None, interrupted=interrupted, late=late, planned=asked, entrants=list(entrants), found=found,
        units=EVERY, task=SimpleNamespace(spec=spec),
    )  # fmt: skip


def trial(candidate: int, **more: Any) -> Trial:
    given: dict[str, Any] = {"number": candidate, "family": "linear.v1", "params": {}, "state": "stopped"}
    return Trial(**given | {"candidate": candidate} | more)


def test_only_the_trials_that_were_asked_for_are_counted_and_the_others_named_besides() -> None:
    one = entrant(0, "ngrams.v2")
    one.made[0].state = "dropped"
    done = [trial(0, state="finished")]
    assert findings(search(one, ways=5, ensembles=2), done) == (
        "the budget of 8 s ended the search after 1 of 20 trials, "
        "besides 5 other ways of encoding and 2 ensembles",
    )  # fmt: skip
    assert findings(search(one, ways=1), done)[0].endswith("1 of 20 trials, besides 1 other way of encoding")
    assert findings(search(one), done)[0].endswith("1 of 20 trials")
    assert findings(search(one, ways=1, asked=1), done) == ()


def test_one_thing_only_ended_the_search() -> None:
    one, done = entrant(0, "ngrams.v2"), [trial(0, state="finished")]
    said = "encoding the rows and learning the first model took longer than the budget of 8 s; raise search.budget"
    assert findings(search(one, late=True), done) == (said,)
    ended = "Ctrl-C ended the search after 0 of 20 trials: the best so far was kept"
    assert findings(search(one, late=True, interrupted=True), done) == (ended,)


def test_a_chosen_one_without_all_folds_was_begun() -> None:
    found = [trial(0, rule="best score", folds=1), trial(0, number=3, folds=2)]
    (said,) = findings(search(entrant(0, "ngrams.v2"), asked=0), found)
    assert said == "the candidate linear.v1 got no full trial: chosen, it had 1 of 3 folds"
    (said,) = findings(search(entrant(0, "ngrams.v2"), asked=0), [trial(0)])
    assert said == "the candidate linear.v1 got no full trial: it was not begun"


def test_two_candidates_of_a_family_are_told_apart() -> None:
    two = search(entrant(0, "ngrams.v2"), entrant(1, "sentences.v1"), asked=0)
    assert findings(two, [trial(0, reason="late"), trial(1, reason="late")]) == (
        "the candidate linear.v1 (number 1, note ngrams.v2) got no full trial: late",
        "the candidate linear.v1 (number 2, note sentences.v1) got no full trial: late",
    )
