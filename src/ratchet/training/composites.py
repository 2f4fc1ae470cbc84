"""Candidates that are made of others: after a search, each way of making one is a trial, chosen from all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ratchet import clock
from ratchet.arrays import Probabilities
from ratchet.models.catalogue import family
from ratchet.models.family import Choice, Composite, Shape
from ratchet.models.recipe import Recipe
from ratchet.training.attempt import Attempt
from ratchet.training.ensembles import Chosen, choose_together, most_promising, parts_of
from ratchet.training.rungs import Unit, fold_of
from ratchet.training.search import Search
from ratchet.training.trial import FoldAnswers


def is_composite(recipe: Recipe) -> bool:
    """Whether a recipe is made of others, so that no search tries it."""
    return isinstance(family(recipe.family), Composite)


def join(search: Search, recipes: Sequence[Recipe]) -> dict[str, str]:
    """Make a trial of every way in which a composite candidate may choose its members; what to say of what was not.

    One that has its members already, as where a recipe is learned once more, pools what they answer.
    """
    said = dict[str, str]()
    for number, recipe in enumerate(recipes):
        if not is_composite(recipe):
            continue
        if recipe.members:
            _once_more(search, number, recipe)
            continue
        for way in _ways(recipe):
            if not _together(search, number, recipe, way):
                what = f"{recipe.family} ({way}) was not made: no models together did better than one alone"
                said[what] = "give the search more time or more candidates, or leave it out"
    return said


def _ways(recipe: Recipe) -> tuple[str, ...]:
    """The ways in which members may be chosen: the one that is fixed, or each there is."""
    if "way" in recipe.params:
        return (str(recipe.params["way"]),)
    part = family(recipe.family).space(Shape(rows=0, classes=2))["way"]
    return tuple(part.options) if isinstance(part, Choice) else ()


def _together(search: Search, candidate: int, recipe: Recipe, way: str) -> bool:
    """Whether some models answer better together than one alone; then they are a trial, finished."""
    units, able = _answered(search)
    if len(able) < 2:
        return False
    began = clock.monotonic()
    merits = [search.judge.merit(each.answers, units) for each in able]
    kept = [able[at] for at in most_promising([each.job.recipe.family for each in able], merits)]
    answers, chosen = dict[Unit, Probabilities](), list[Chosen]()
    for repeat in sorted({unit.repeat for unit in units}):
        own = [unit for unit in units if unit.repeat == repeat]
        chosen.append(_chosen(search, kept, own, way, answers))
    first = chosen[0]
    if len(first.members) < 2:
        return False
    members = tuple(kept[at] for at in first.members)
    made = Recipe.together(recipe.family, way, [each.job.recipe for each in members], first.weights.tolist())
    _add(search, candidate, made, members, answers, clock.monotonic() - began)
    return True


def _answered(search: Search) -> tuple[tuple[Unit, ...], list[Attempt]]:
    """The most folds that two trials of one model have, or more, and those trials."""
    alone = [each for each in search.found if each.state != "failed" and not each.members]
    for rung in reversed(search.ladder):
        able = [each for each in alone if not each.missing(rung)]
        if len(able) > 1 and not any(unit.sample for unit in rung):
            return rung, able
    return (), []


def _chosen(
    search: Search, kept: Sequence[Attempt], units: Sequence[Unit], way: str, answers: dict[Unit, Probabilities]
) -> Chosen:
    """Members and weights on the folds of one repeat; what they answer together goes to ``answers``."""
    task, judge = search.task, search.judge
    pooled = [judge.pooled(each.answers, units) for each in kept]
    rows = pooled[0][0]
    scored = [fold_of(task.plan, unit).score for unit in units]
    parts = parts_of(scored, task.rows.units_of(rows), task.seed)
    given = [np.asarray(each) for _, each in pooled]
    chosen = choose_together(task.rows.labels[rows], given, parts, judge.metric, way=way, seed=task.seed)
    for unit, own in zip(units, scored, strict=True):
        answers[unit] = chosen.probabilities[np.searchsorted(rows, own)]
    return chosen


def _once_more(search: Search, candidate: int, recipe: Recipe) -> None:
    """The trial of members that are known, on the folds that all of them have."""
    began = clock.monotonic()
    learned = {each.job.recipe.id: each for each in search.found}
    members = tuple(learned[each.id] for each in recipe.members if each.id in learned)
    way = family(recipe.family)
    if len(members) < len(recipe.members) or not isinstance(way, Composite):
        return
    shared = [unit for unit in members[0].folds if all(unit in each.folds for each in members)]
    answers = {unit: way.pool([each.answers[unit] for each in members], recipe.params) for unit in shared}
    made = _add(search, candidate, recipe, members, answers, clock.monotonic() - began)
    made.rule = search.again.rule if search.again else ""


def _add(
    search: Search,
    candidate: int,
    recipe: Recipe,
    members: tuple[Attempt, ...],
    answers: dict[Unit, Probabilities],
    seconds: float,
) -> Attempt:
    job = replace(members[0].job, recipe=recipe)
    made = Attempt(number=len(search.found) + 1, candidate=candidate, job=job, members=members)
    share = seconds / max(len(answers), 1)
    made.folds = {unit: FoldAnswers(probabilities=each, seconds=share) for unit, each in answers.items()}
    made.end("finished", "")
    search.found.append(made)
    return made
