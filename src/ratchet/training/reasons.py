"""Why one trial was chosen and each of the others lost, in words whose numbers are those that its trial is shown with.

Where two trials have other folds than each other, or than are compared, the words say on which folds they are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ratchet.training.attempt import Attempt
from ratchet.training.leaderboard import against, folds_of, the_folds, told_apart
from ratchet.training.standing import common
from ratchet.words import listed

if TYPE_CHECKING:
    from ratchet.training.last_fit import Order
    from ratchet.training.search import Search


UNFITTED = "could not be fitted to all rows: "
"""What the reason of a trial that would have been chosen, but for that, begins with."""
_MOST = 12
"""So many trials are named in a sentence."""


def named(attempt: Attempt) -> str:
    """A trial by its number and its family: ``trial 3 (forest.v1)``."""
    return f"trial {attempt.number} ({attempt.job.recipe.family})"


def passed_over(passed: Sequence[Attempt], chosen: Attempt) -> tuple[str, ...]:
    """That better trials than the chosen one could not be fitted to all rows, best first, in one sentence if any."""
    if not passed:
        return ()
    which = listed([str(each.number) for each in passed], _MOST)
    best = f"the best trial, {which}," if len(passed) == 1 else f"the {len(passed)} best trials ({which})"
    first = "" if len({each.reason for each in passed}) == 1 else f"{named(passed[0])}: "
    why = f"{UNFITTED}{first}{passed[0].reason.removeprefix(UNFITTED)}"
    return (f"{best} {why}; the first that could is {named(chosen)}",)


def why_chosen(search: Search, ranks: Order, chosen: Attempt) -> str:
    """By which rule, and among which trials where not all that have a score were compared on the same folds."""
    compared, found = ranks.attempts[: ranks.compared], _rule(ranks, chosen)
    scored = [each for each in search.found if each.folds and each.state != "failed"]
    if chosen not in compared or all(_has(each) == set(ranks.units) for each in scored):
        return found
    if len(compared) == 1:
        return f"the only one that came as far as {folds_of(ranks.units, search.units)}"
    return f"{found}, among {len(compared)} trials on {the_folds(ranks.units)} that all of them have"


def why_lost(search: Search, ranks: Order, each: Attempt, chosen: Attempt) -> str:
    """Why a trial that is not the chosen one is not; what was said of it when it ended stands."""
    said = each.reason or _lost(search, ranks, each, chosen)
    return f"{said}; {each.kept}" if each.kept else said


def _rule(ranks: Order, chosen: Attempt) -> str:
    if chosen.number == ranks.highest:
        return "best score"
    best = next((each for each in ranks.attempts if each.number == ranks.highest), chosen)
    passed = ranks.attempts.index(chosen) > ranks.attempts.index(best)
    return "the best that could be fitted" if passed else "within one standard error of the best score, better ROC-AUC"


def _lost(search: Search, ranks: Order, each: Attempt, chosen: Attempt) -> str:
    if each not in ranks.attempts:
        return "learned as a part of the chosen one"
    compared = ranks.attempts[: ranks.compared]
    if each in compared and chosen in compared:
        return _behind(search, ranks, each, chosen)
    both = common([each.answers, chosen.answers])
    said = against(each, chosen, search.judge, both) if both else "the chosen one was tried on other folds"
    return said if each in compared else f"another trial of its candidate was compared in its place; {said}"


def _behind(search: Search, ranks: Order, each: Attempt, chosen: Attempt) -> str:
    """Of two that were compared."""
    judge, units = search.judge, ranks.units
    own, best = judge.score(each.answers, units), judge.score(chosen.answers, units)
    if not np.isfinite(own):
        return f"its score cannot be measured on {the_folds(units)} that were compared"
    alike = _has(each) == _has(chosen) == set(units)
    scores, merits = told_apart(own, best), [judge.merit(one.answers, units) for one in (each, chosen)]
    if merits[0] < merits[1]:
        return f"{scores[0]}, the chosen one has {scores[1]}" if alike else against(each, chosen, judge, units)
    if merits[0] == merits[1] and not judge.metric.predicted_only:
        return f"as good as the chosen one ({scores[0]}), which was proposed first"
    numbers = ", ".join(scores) if alike else against(each, chosen, judge, units)
    return f"as good as the chosen one within one standard error ({numbers}), with no higher ROC-AUC"


def _has(attempt: Attempt) -> set[object]:
    """The folds that its score is of, as it is shown."""
    return set(common([attempt.answers]))
