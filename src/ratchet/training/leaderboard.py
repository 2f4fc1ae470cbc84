"""What is said of each trial when it has ended: its score, how far it came, and why it lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from ratchet.training.attempt import Attempt
from ratchet.training.rungs import Unit
from ratchet.training.standing import Judge, common
from ratchet.training.tried import Trial


def tried(attempt: Attempt, judge: Judge, result: str = "") -> Trial:
    """An attempt as it is kept and shown; ``result`` says where its out-of-fold answers lie."""
    recipe, units = attempt.job.recipe, common([attempt.answers])
    score = judge.score(attempt.answers, units) if units else float("nan")
    return Trial(
        number=attempt.number,
        family=recipe.family,
        params=recipe.params,
        encoders=recipe.encoders,
        texts=recipe.texts,
        state=attempt.state,
        folds=len(units),
        repeats=_times(units),
        score=score if np.isfinite(score) and attempt.state != "failed" else None,
        spread=judge.spread(attempt.answers),
        seconds=attempt.seconds,
        reason=attempt.reason,
        todo=attempt.todo,
        facts=attempt.history.facts,
        curves=attempt.history.curves,
        rule=attempt.rule,
        candidate=attempt.candidate,
        result=result,
    )


def against(one: Attempt, other: Attempt, judge: Judge, units: Sequence[Unit]) -> str:
    """The scores of a trial and of one that is preferred: ``0.710 against 0.780 of trial 2 on the 3 folds that both
    have``.
    """
    own, best = told_apart(judge.score(one.answers, units), judge.score(other.answers, units))
    scores = f"{own}, as trial {other.number} has," if own == best else f"{own} against {best} of trial {other.number}"
    return f"{scores} on {the_folds(units)} that both have"


def told_apart(one: float, other: float) -> tuple[str, str]:
    """Two scores with three places, and more, up to six, where they would look equal and are not.

    >>> told_apart(0.8481, 0.8479), told_apart(0.5, 0.5)
    (('0.8481', '0.8479'), ('0.500', '0.500'))
    """
    places = next((each for each in range(3, 6) if f"{one:.{each}f}" != f"{other:.{each}f}"), 6 if one != other else 3)
    return f"{one:.{places}f}", f"{other:.{places}f}"


def the_folds(units: Sequence[Unit]) -> str:
    """Folds that were told of: ``the 3 folds``, ``the one fold``, ``the sample``."""
    if units and all(unit.sample for unit in units):
        return "the sample"
    return "the one fold" if len(units) == 1 else f"the {len(units)} folds"


def folds_of(units: Sequence[Unit], every: Sequence[Unit]) -> str:
    """How much evidence that is: ``1 of 5 folds``, ``5 of 15 folds (5, 3 times)``, ``a sample``."""
    if units and all(unit.sample for unit in units):
        return "a sample"
    times = _times(every)
    cut = f" ({len(every) // times}, {times} times)" if times > 1 else ""
    return f"{len(units)} of {len(every)} {'fold' if len(every) == 1 else 'folds'}{cut}"


def _times(units: Sequence[Unit]) -> int:
    """How many times over rows were cut into these folds; 1 also where some of one time are missing."""
    each = Counter(unit.repeat for unit in units)
    return len(each) if len(set(each.values())) == 1 else 1
