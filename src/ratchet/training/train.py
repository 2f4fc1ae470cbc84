"""Spec and rows to a Candidate: encode, measure the baselines, search, and fit the best once more on all rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ratchet import clock
from ratchet.engine.engine import Engine
from ratchet.errors import DataError, JobError, SpecError
from ratchet.evaluation.scorecard import CandidateScore
from ratchet.metrics.catalogue import metric
from ratchet.models.catalogue import BASELINES, family
from ratchet.models.family import Shape
from ratchet.models.pipeline import Pipeline
from ratchet.models.recipe import Recipe
from ratchet.progress import Progress, Report, silent
from ratchet.spec import Spec
from ratchet.training import encoded as rows_of
from ratchet.training import search as searching
from ratchet.training import trial as trials
from ratchet.training.by_candidate import by_candidate
from ratchet.training.choose import order
from ratchet.training.composites import Made, is_composite, together, ways_of
from ratchet.training.fixed import fixed_params
from ratchet.training.folds import Plan, plan
from ratchet.training.proposals import Proposals
from ratchet.training.reads import blind_baselines
from ratchet.training.search import CandidateSearch, Limits, Trial, advice, best_first, reason
from ratchet.training.session import Session
from ratchet.training.task import Task, TrainingRows
from ratchet.training.trial import Job, OutOfFold

_COMPARED = 12
"""The best so many trials are compared once more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A pipeline fitted to all rows there are to learn from, and the recipe it was made by."""

    recipe: Recipe
    pipeline: Pipeline
    search_score: float
    """The metric on rows that were left out of learning; a little flattering, as the best of many was chosen by it."""
    out_of_fold: OutOfFold


@dataclass(frozen=True, kw_only=True, slots=True)
class Training:
    """What came of a training."""

    best: Candidate
    baselines: tuple[Candidate, ...]
    trials: tuple[Trial, ...]
    candidates: tuple[CandidateScore, ...]
    """What was found for each candidate of the spec."""
    seconds: float
    """What it took, from the first row encoded to the best fitted."""
    findings: tuple[str, ...] = ()


def train(spec: Spec, rows: TrainingRows, *, engine: Engine, session: Session, progress: Report = silent) -> Training:
    """Find the best settings of the spec's candidates and fit them to all rows.

    Trials are scored on rows they have not learned from (`ratchet.training.folds.plan`), by the gate's metric.  The
    budget of ``spec.search`` is hard: it begins when this is called, and what runs at its end is killed; fitting the
    best once more comes after it.  The baselines that can read a column are always fitted.  All that learns or encodes
    runs on the engine, with limits.  Files of the pipelines last as long as the ``session``.

    Raises `DataError` where there is nothing to tell apart, `SpecError` where a candidate cannot be tried as it is, and
    `JobError`, with every reason, where a baseline cannot be fitted or no trial succeeded.
    """
    started = clock.monotonic()
    deadline = started + spec.search.budget
    _check(rows)
    recipes = _recipes(spec, rows)
    blind = blind_baselines(rows.kinds)
    task = Task.of(spec, rows, engine=engine, session=session)
    folds = plan(rows.labels, rows.tune, rows.groups, folds=spec.search.folds, seed=task.seed, times=rows.times)
    task.write(folds)
    baselines = [_baseline(name, spec, rows) for name in BASELINES if name not in blind]
    progress(Progress(stage="encode", total=len(recipes)))
    failed = task.encode([*baselines, *(each for each in recipes if not is_composite(each))])
    progress(Progress(stage="encode", done=len(recipes), total=len(recipes)))
    measured = _baselines(task, baselines, failed, progress)
    searches, unread = _searches(task, recipes, failed)
    higher = metric(spec.gate.metric).higher_is_better
    limits = Limits(deadline=deadline, memory_mb=spec.search.memory_mb)
    found = searching.run(searches, engine=engine, limits=limits, higher=higher, own=task.own, progress=progress)
    found, joined = _joined(task, recipes, searches, found, folds)
    progress(Progress(stage="fit the best", done=len(found), total=len(found)))
    ranked = _ranked(task, best_first(found, higher))
    best, chosen, troubles = _fit_best(task, ranked, found, searches, unread)
    return Training(
        best=best,
        baselines=measured,
        trials=tuple(replace(each, result="") for each in found),
        candidates=by_candidate(task, recipes, found, [chosen, *best_first(found, higher)]),
        seconds=clock.monotonic() - started,
        findings=(*rows.findings, *blind.values(), *unread, *joined, *troubles, *_findings(spec, searches, found)),
    )


def _check(rows: TrainingRows) -> None:
    present = np.unique(rows.labels)
    if len(present) < 2:
        only = f"only the class '{rows.classes[present[0]]}'" if len(present) else "no rows"
        raise DataError(
            f"the rows to learn from have {only}", todo="add rows of at least two classes, then train again"
        )


def _recipes(spec: Spec, rows: TrainingRows) -> list[Recipe]:
    """What each candidate fixes; raises `SpecError` for what its family cannot take."""
    features = {name: kind for name, kind in rows.kinds.items() if kind.is_feature}
    params = fixed_params(spec.candidates, Shape(rows=len(rows.labels), classes=len(rows.classes)))
    texts = spec.preparations(features)
    recipes = [
        Recipe.plan(each.family, rows.kinds, params=fixed, encoders=each.encoders_of(features), texts=texts)
        for each, fixed in zip(spec.candidates, params, strict=True)
    ]
    if all(map(is_composite, recipes)):
        raise SpecError(
            f"{recipes[0].family} is made of other candidates, and there are none",
            todo="name others beside it under [[candidates]]",
        )
    return recipes


def _baseline(name: str, spec: Spec, rows: TrainingRows) -> Recipe:
    """A baseline's recipe; one that may choose by a metric chooses by the gate's."""
    chosen = family(name).defaults(Shape(rows=len(rows.labels), classes=len(rows.classes)))
    return Recipe.plan(name, rows.kinds, params={key: spec.gate.metric for key in chosen if key == "metric"})


def _baselines(
    task: Task, recipes: Sequence[Recipe], failed: Mapping[str, Exception], progress: Report
) -> tuple[Candidate, ...]:
    """What every model has to beat, scored as the candidates are, side by side."""
    jobs = [task.job(each) for each in recipes]
    running = []
    for job in jobs:
        if error := failed.get(job.encoded or ""):
            raise _unfit(job, error)
        scored = task.submit(trials.run, replace(job, result=task.own(f"trial-{job.recipe.family}")))
        running.append((job, scored, task.fit(job, job.recipe.family)))
    made = []
    for number, (job, scored, fitted) in enumerate(running):
        progress(Progress(stage="baselines", done=number, total=len(running), note=job.recipe.family))
        try:
            score = scored.result().score
            fitted.result()
        except JobError:
            raise
        except Exception as error:
            raise _unfit(job, error) from error
        pipeline = task.fitted(job.recipe.family)
        made.append(_candidate(task, job.recipe, pipeline, f"trial-{job.recipe.family}", score))
    progress(Progress(stage="baselines", done=len(running), total=len(running)))
    return tuple(made)


def _candidate(task: Task, recipe: Recipe, pipeline: Pipeline, trial: str, score: float) -> Candidate:
    out_of_fold = trials.read_out_of_fold(task.session.inputs, task.own(trial))
    return Candidate(recipe=recipe, pipeline=pipeline, search_score=score, out_of_fold=out_of_fold)


def _unfit(job: Job, error: Exception) -> JobError:
    return JobError(
        f"the baseline {job.recipe.family} cannot be fitted: {reason(error)}", todo=advice(error, job.recipe.family)
    )


def _searches(
    task: Task, recipes: Sequence[Recipe], failed: Mapping[str, Exception]
) -> tuple[list[CandidateSearch], dict[str, str]]:
    """One search per candidate that reads the columns; trials are shared out evenly, the first get the remainder.

    Also what to say of the candidates whose rows could not be encoded, and what to do about each.
    """
    searches, unread = list[CandidateSearch](), dict[str, str]()
    searched = [(number, recipe) for number, recipe in enumerate(recipes) if not is_composite(recipe)]
    share, more = divmod(task.spec.search.trials, len(searched))
    for place, (number, recipe) in enumerate(searched):
        job = task.job(recipe)
        if error := failed.get(job.encoded or ""):
            said = f"the rows could not be encoded for {recipe.family}, which was not tried: {reason(error)}"
            unread[said] = advice(error, recipe.family)
            continue
        searches.append(_search(task, number, job, max(1, share + (place < more))))
    return searches, unread


def _search(task: Task, number: int, job: Job, quota: int) -> CandidateSearch:
    recipe = job.recipe
    way = family(recipe.family)
    shape = _shape(job, len(task.rows.labels))
    space, defaults = way.space(shape), dict(way.defaults(shape))
    free = {name: part for name, part in space.items() if name not in recipe.params}
    seed = clock.seed(task.seed, number, recipe.family)
    proposals = Proposals(free, {**defaults, **recipe.params}, method=task.spec.search.method, seed=seed)
    return CandidateSearch(candidate=number, job=job, proposals=proposals, quota=quota)


def _shape(job: Job, rows: int) -> Shape:
    if job.encoded is None:
        return Shape(rows=rows, classes=job.classes)
    matrix = rows_of.load(job.inputs, job.encoded).matrix
    sparse = matrix.sparse.width if matrix.sparse else 0
    return Shape(rows=rows, classes=job.classes, dense=matrix.dense.shape[1], sparse=sparse)


def _joined(
    task: Task, recipes: Sequence[Recipe], searches: Sequence[CandidateSearch], found: Sequence[Trial], plan: Plan
) -> tuple[tuple[Trial, ...], tuple[str, ...]]:
    """All trials, those of candidates that are made of others last; and what to say of such as could not be made."""
    higher = metric(task.spec.gate.metric).higher_is_better
    planned = {each.candidate: each.job.recipe for each in searches}
    ranked = [
        Made(trial=each, recipe=replace(planned[each.candidate], params=each.params))
        for each in best_first(found, higher)
    ]
    trials, said = list(found), list[str]()
    for number, recipe in enumerate(recipes):
        for way in ways_of(recipe) if is_composite(recipe) else ():
            own = task.own(f"trial-{len(trials)}")
            trial = Trial(
                number=len(trials), family=recipe.family, params={}, state="failed", candidate=number, result=own
            )
            made = together(task, trial, way, ranked, plan)
            if made is None:
                said.append(f"{recipe.family} ({way}) was not made: no models together did better than one alone")
            else:
                trials.append(made)
    return tuple(trials), tuple(said)


def _ranked(task: Task, finished: Sequence[Trial]) -> list[Trial]:
    """Finished trials, the one to fit first; of the best few, those as good as the best are compared once more."""
    top = finished[:_COMPARED]
    if not top:
        return []
    out_of_fold = [trials.read_out_of_fold(task.session.inputs, each.result) for each in top]
    labels = task.rows.labels[out_of_fold[0].indices]
    chosen = order(task.spec.gate.metric, labels, [each.probabilities for each in out_of_fold])
    return [*(top[each] for each in chosen), *finished[_COMPARED:]]


def _fit_best(
    task: Task,
    ranked: Sequence[Trial],
    found: Sequence[Trial],
    searches: Sequence[CandidateSearch],
    unread: Mapping[str, str],
) -> tuple[Candidate, Trial, tuple[str, ...]]:
    """The best trial's pipeline from all rows, and that trial; where it cannot be fitted in the limits, the next."""
    planned = {each.candidate: each.job.recipe for each in searches}
    troubles = dict[str, str]()
    for trial in ranked:
        recipe = Recipe(family=trial.family, params=trial.params)
        if trial.candidate in planned:
            recipe = replace(planned[trial.candidate], params=trial.params)
        try:
            pipeline = task.made(recipe, f"fitted-{trial.number}")
        except Exception as error:  # a family's own error, or a limit passed: there may be a next best
            why = f"could not be fitted to all rows: {error}"
            troubles[f"the best trial, {trial.number} ({trial.family}), {why}"] = advice(error, trial.family)
            continue
        made = _candidate(task, recipe, pipeline, f"trial-{trial.number}", float(trial.score or 0.0))
        return made, trial, tuple(troubles)
    failed = {f"trial {trial.number} ({trial.family}): {trial.reason}": trial.todo for trial in found if trial.reason}
    raise _fruitless(len(found), {**unread, **troubles, **failed})


def _fruitless(trials: int, failures: Mapping[str, str]) -> JobError:
    """No model: every failure, and what to do about them, each once; without any, the budget let nothing begin."""
    todo = "; ".join(dict.fromkeys(failures.values())) or "raise search.budget in the spec"
    listed = "".join(f"\n  - {each}" for each in list(failures)[:10])
    return JobError(f"none of {trials} trials gave a model{listed}", todo=todo)


def _findings(spec: Spec, searches: Sequence[CandidateSearch], found: Sequence[Trial]) -> tuple[str, ...]:
    """What a reader should know of the search, in sentences."""
    failed = [trial for trial in found if trial.state == "failed"]
    planned = sum(each.quota for each in searches if not each.exhausted)
    said = []
    if failed:
        said.append(f"{len(failed)} of {len(found)} trials gave no score; the first: {failed[0].reason}")
    if planned > len(found):
        said.append(f"the budget of {spec.search.budget:g} s ended the search after {len(found)} of {planned} trials")
    return tuple(said)
