"""What the search found for each candidate of the spec: its best settings, and their score with an interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ratchet.evaluation.scorecard import CandidateScore, MemberScore
from ratchet.models.recipe import Recipe
from ratchet.statistics.measured import Measured
from ratchet.training import trial as trials
from ratchet.training.task import Task
from ratchet.training.tried import Trial


def by_candidate(
    task: Task, recipes: Sequence[Recipe], found: Sequence[Trial], preferred: Sequence[Trial]
) -> tuple[CandidateScore, ...]:
    """One for each of the ``recipes``, in their order: the trial that stands highest on the leaderboard, which has the
    chosen one first, then those on most folds, by score.

    ``found`` are all trials; ``preferred`` those that stood to be chosen, before them the one that was.
    Where a recipe made of others is learned once more its members stand behind it: they were not to be chosen.
    """
    numbers = {each.number for each in preferred}
    others = [each for each in found if each.result and each.number not in numbers]
    sign = 1.0 if task.spec.gate.measure(task.rows.classes, task.rows.labels).higher_is_better else -1.0
    ranked = sorted(preferred[1:], key=lambda each: (-each.folds, -sign * (each.score or 0.0), each.number))
    scored = [*preferred[:1], *ranked, *others]
    return tuple(_of(task, number, recipe, found, scored) for number, recipe in enumerate(recipes))


def _of(task: Task, number: int, recipe: Recipe, found: Sequence[Trial], scored: Sequence[Trial]) -> CandidateScore:
    own = [each for each in found if each.candidate == number]
    best = next((each for each in scored if each.candidate == number), None)
    return CandidateScore(
        family=recipe.family,
        params=recipe.params if best is None else best.params,
        score=None if best is None else _measured(task, best),
        trials=len(own),
        seconds=sum(each.seconds for each in own),
        chosen=best is scored[0],
        members=() if best is None else tuple(_members(task, best, scored)),
    )


def _members(task: Task, trial: Trial, scored: Sequence[Trial]) -> Iterator[MemberScore]:
    """Those of a trial that is made of others, each of which is another trial."""
    members, weights = trial.recipe.members, trial.params.get("weights", ())
    known = {each.recipe.id: each for each in scored}
    for member, weight in zip(members, weights, strict=bool(members)):
        made = known[member.id]
        yield MemberScore(family=made.family, weight=weight / sum(weights), score=_measured(task, made))


def _measured(task: Task, trial: Trial) -> Measured:
    """The trial's score, a mean over repeats, with the interval of its first repeat's answers, by units of evidence."""
    rows, answered = task.rows, trials.read_out_of_fold(task.session.inputs, trial.result)
    which, units = task.spec.gate.measure(rows.classes, rows.labels), rows.units_of(answered.indices)
    once = which.measured(rows.labels[answered.indices], answered.probabilities, seed=task.seed, units=units)
    # Three repeats scored .80 .82 .84, of which the first has .76 to .84: the mean, .82, gets .78 to .86.
    score, (least, most) = float(trial.score or 0.0), which.bounds
    low, high = score - (once.value - once.low), score + (once.high - once.value)
    return Measured(value=score, low=max(low, least), high=min(high, most), n=once.n, method=once.method)
