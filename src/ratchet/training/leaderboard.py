"""What is said of each trial when it has ended: its score, how far it came, and why it lost."""

from __future__ import annotations

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
    """The scores of a trial and of one that is preferred: ``0.710 against 0.780 on the 3 folds that both have``."""
    own, best = judge.score(one.answers, units), judge.score(other.answers, units)
    return f"{own:.3f} against {best:.3f} on {the_folds(units)} that both have"


def the_folds(units: Sequence[Unit]) -> str:
    """Folds that were told of: ``the 3 folds``, ``the one fold``, ``the sample``."""
    if units and all(unit.sample for unit in units):
        return "the sample"
    return "the one fold" if len(units) == 1 else f"the {len(units)} folds"


def folds_of(units: Sequence[Unit], every: Sequence[Unit]) -> str:
    """How much evidence that is: ``1 of 5 folds``, ``a sample of 1 fold``."""
    if units and all(unit.sample for unit in units):
        return "a sample"
    return f"{len(units)} of {len(every)} {'fold' if len(every) == 1 else 'folds'}"
