"""Candidates that are made of others: after a search, each way of making one is a trial, chosen from all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ratchet import clock
from ratchet.models.catalogue import family
from ratchet.models.family import Choice, Composite, Shape
from ratchet.models.recipe import Recipe
from ratchet.training import trial as trials
from ratchet.training.ensembles import choose_together, most_promising, parts_of
from ratchet.training.folds import Plan
from ratchet.training.search import Trial
from ratchet.training.task import Task


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A finished trial, and the recipe it tried."""

    trial: Trial
    recipe: Recipe


def is_composite(recipe: Recipe) -> bool:
    """Whether a recipe is made of others, so that no search tries it."""
    return isinstance(family(recipe.family), Composite)


def ways_of(recipe: Recipe) -> tuple[str, ...]:
    """The ways in which members may be chosen: the one that is fixed, or each there is."""
    if "way" in recipe.params:
        return (str(recipe.params["way"]),)
    part = family(recipe.family).space(Shape(rows=0, classes=2))["way"]
    return tuple(part.options) if isinstance(part, Choice) else ()


def together(task: Task, trial: Trial, way: str, ranked: Sequence[Made], plan: Plan) -> Trial | None:
    """The ``trial`` of answering together, finished; None where one model alone does as well.

    ``ranked`` are the trials with answers to the same rows, best first.  The score is that of the best of them, plus
    how far this one lies above it on those rows: so it is as fair as theirs, which may be means over several repeats,
    of which the answers of one are kept.
    """
    if len(ranked) < 2:
        return None
    started = clock.monotonic()
    metric = task.spec.gate.measure(task.rows.classes, task.rows.labels)
    sign = 1.0 if metric.higher_is_better else -1.0
    scores = [sign * (each.trial.score or 0.0) for each in ranked]
    kept = [ranked[at] for at in most_promising([each.trial.family for each in ranked], scores)]
    found = [trials.read_out_of_fold(task.session.inputs, each.trial.result) for each in kept]
    rows, answers = found[0].indices, [each.probabilities for each in found]
    parts = parts_of([fold.score for fold in plan[0]], task.rows.units_of(rows), task.seed)
    labels = task.rows.labels[rows]
    chosen = choose_together(labels, answers, parts, metric, way=way, seed=task.seed)
    if len(chosen.members) < 2:
        return None
    members = [kept[at].recipe for at in chosen.members]
    trials.write_out_of_fold(task.session.inputs, trial.result, rows, chosen.probabilities, len(task.rows.labels))
    gain = metric.value(labels, chosen.probabilities) - metric.value(labels, answers[0])
    return replace(
        trial,
        state="finished",
        params=Recipe.together(trial.family, way, members, chosen.weights.tolist()).params,
        score=float(kept[0].trial.score or 0.0) + gain,
        spread=kept[0].trial.spread,
        seconds=clock.monotonic() - started,
    )
