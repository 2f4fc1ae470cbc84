"""Learning by one recipe from growing shares of the rows, scored on rows left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace

import numpy as np

from ratchet import clock
from ratchet.arrays import Ints, Probabilities
from ratchet.engine.engine import Engine
from ratchet.errors import JobError
from ratchet.evaluation.learning_curve import CurveOfRows, curve_of_rows, in_words
from ratchet.models.recipe import Recipe
from ratchet.progress import Progress, Report, silent
from ratchet.spec import Spec
from ratchet.training.failed import reason
from ratchet.training.folds import Fold, plan
from ratchet.training.left_out import LeftOut
from ratchet.training.session import Session
from ratchet.training.task import Task, TrainingRows

SHARES = (0.1, 0.18, 0.32, 0.56, 1.0)
"""Of the rows of each fold, so many are learned from: five places, each 1.8 times the one before."""
MOST_FOLDS = 5


def learning_curve(
    recipe: Recipe,
    rows: TrainingRows,
    *,
    spec: Spec,
    engine: Engine,
    session: Session,
    budget: float,
    labels: int | None = None,
    progress: Report = silent,
) -> CurveOfRows:
    """What a recipe makes of shares of the rows, and what that says of more rows than there are.

    ``labels`` counts all labelled rows, those held out too; ``rows`` alone where it is not given.

    Within a fold a larger share holds the smaller ones, and rows of a unit come together.  Fits run side by side on the
    engine, fold by fold, until ``budget`` seconds are over; folds with every share count.  Raises `JobError` where
    fewer than two have them.
    """
    ends, metric = clock.monotonic() + budget, spec.gate.measure(rows.classes, rows.labels)
    task = Task.of(spec, rows, engine=engine, session=session)
    folds = _folds(task)
    jobs = [
        LeftOut.of(task, recipe.on(rows.kinds), learned, fold.score)
        for at, fold in enumerate(folds)
        for learned in _shares(task, fold, at)
    ]
    scores = np.full((len(folds), len(SHARES)), np.nan)
    failures = []
    for done, (at, answered) in enumerate(_answered(jobs, task, ends), start=1):
        progress(Progress(stage="learn", done=done, total=len(jobs), seconds_left=max(ends - clock.monotonic(), 0)))
        if isinstance(answered, Exception):
            failures.append(answered)
            continue
        fold, share = divmod(at, len(SHARES))
        scores[fold, share] = metric.value(rows.labels[jobs[at].asked], answered)
    whole = np.isfinite(scores).all(axis=1)
    if whole.sum() < 2:
        why = f": {reason(failures[0])}" if failures else ""
        raise JobError(
            f"of {len(folds)} folds only {int(whole.sum())} learned from every share within {budget:g} s{why}",
            todo="give it more time (--budget), or more rows",
        )
    learned = np.mean([[len(job.learned) for job in jobs]], axis=0).reshape(scores.shape)[whole].mean(axis=0)
    sizes = learned.round().astype(int).tolist()
    found = curve_of_rows(metric, sizes, scores[whole], rows=len(rows.labels), labels=labels)
    return replace(found, sentence=in_words(found, metric))


def answer(job: LeftOut) -> Probabilities:
    """The answers to the rows asked after learning from the others.  A job: runs anywhere."""
    with job.fitted() as (pipeline, columns):
        return pipeline.predict(columns)


def _folds(task: Task) -> Sequence[Fold]:
    rows, search = task.rows, task.spec.search
    made = plan(rows.labels, rows.tune, rows.groups, folds=max(search.folds, 3), seed=task.seed, times=rows.times)
    return [fold for repeat in made for fold in repeat][:MOST_FOLDS]


def _shares(task: Task, fold: Fold, at: int) -> Iterator[Ints]:
    """The rows of each share of a fold: the first of its units in an order by lot."""
    units = task.rows.units_of(fold.fit)
    place = np.arange(len(fold.fit)) if units is None else np.unique(units, return_inverse=True)[1]
    lot = clock.rng("learning curve", task.seed, at).permutation(int(place.max()) + 1)
    ordered = fold.fit[np.argsort(lot[place], kind="stable")]
    for share in SHARES:
        yield np.sort(ordered[: max(round(share * len(ordered)), 2)])


def _answered(jobs: Sequence[LeftOut], task: Task, ends: float) -> Iterator[tuple[int, Probabilities | Exception]]:
    """Each job's place with its answers, or why there are none, as they end; none is begun after ``ends``."""
    running: dict[Future[Probabilities], int] = {}
    waiting = list(range(len(jobs)))
    while waiting or running:
        while waiting and len(running) < task.engine.workers and clock.monotonic() < ends:
            seconds, at = max(ends - clock.monotonic(), 0.1), waiting.pop(0)
            running[task.engine.submit(answer, jobs[at], seconds=seconds, memory_mb=task.spec.search.memory_mb)] = at
        if not running:
            return
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            at = running.pop(future)
            yield at, future.exception() or future.result()  # type: ignore[misc]  # an engine's errors are exceptions
