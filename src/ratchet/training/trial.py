"""One trial: learn on some rows, be scored on others.  Runs in a process of its own and sends back little."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ratchet import clock
from ratchet.arrays import Labels, Probabilities
from ratchet.errors import JobError
from ratchet.features.cache import load
from ratchet.features.matrix import take
from ratchet.metrics.catalogue import metric
from ratchet.models.catalogue import family
from ratchet.models.family import Model
from ratchet.training.folds import Plan


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """What a trial needs to know, small enough to travel: matrices, labels and folds are found by path."""

    family: str
    params: Mapping[str, Any]
    encoded: Path
    task: Path
    """Where labels and folds lie (`write_task`)."""
    answers: Path
    """Where the out-of-fold probabilities are written."""
    classes: int
    metric: str
    seed: int
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Scored:
    """What a trial sends back: its score (as the metric is, mean over repeats), its spread over them, seconds."""

    score: float
    spread: float
    seconds: float


def write_task(path: Path, labels: Labels, plan: Plan) -> None:
    """Put labels and folds where trials find them."""
    arrays = {"labels": labels, "folds": np.array([len(folds) for folds in plan])}
    for repeat, folds in enumerate(plan):
        for number, fold in enumerate(folds):
            arrays |= {f"fit-{repeat}-{number}": fold.fit, f"score-{repeat}-{number}": fold.score}
    np.savez(path, **arrays)  # type: ignore[arg-type]  # numpy's stub takes a keyword of its own for an array


def _read_task(path: Path) -> dict[str, npt.NDArray[Any]]:
    with np.load(path) as arrays:
        return dict(arrays)


def run(job: Job) -> Scored:
    """Fit on each fold's rows and score the answers to the rows left out.

    The probabilities of the first repeat are written to ``job.answers``, (rows, classes), NaN where not scored.  Raises
    `JobError` where the metric cannot be measured on these rows.
    """
    started = clock.monotonic()
    task = _read_task(job.task)
    labels = task["labels"]
    scores = []
    for repeat, folds in enumerate(task["folds"]):
        answers = _out_of_fold(job, task, labels, repeat, int(folds))
        if repeat == 0:
            np.save(job.answers, answers)
        scored = np.flatnonzero(~np.isnan(answers[:, 0]))
        scores.append(metric(job.metric).value(labels[scored], answers[scored]))
    score = float(np.mean(scores))
    if not np.isfinite(score):
        raise JobError(
            f"{metric(job.metric).prose} cannot be measured on the {len(labels)} rows there are to learn from",
            todo="give more rows of each class, or choose another gate.metric",
        )
    return Scored(score, float(np.std(scores)), clock.monotonic() - started)


def _out_of_fold(
    job: Job, task: Mapping[str, npt.NDArray[Any]], labels: Labels, repeat: int, folds: int
) -> Probabilities:
    matrix = load(job.encoded)
    answers = np.full((len(labels), job.classes), np.nan)
    for number in range(folds):
        fit, score = task[f"fit-{repeat}-{number}"], task[f"score-{repeat}-{number}"]
        model = family(job.family).fit(
            take(matrix, fit),
            labels[fit],
            job.classes,
            job.params,
            seed=clock.seed(job.seed, repeat, number),
            threads=job.threads,
        )
        answers[score] = model.predict(take(matrix, score))
    return answers


def fit_all(job: Job) -> Model:
    """The model of ``job`` from all rows."""
    labels = _read_task(job.task)["labels"]
    rows = take(load(job.encoded), np.arange(len(labels)))  # in memory: learners may not take what is mapped
    return family(job.family).fit(rows, labels, job.classes, job.params, seed=job.seed, threads=job.threads)
