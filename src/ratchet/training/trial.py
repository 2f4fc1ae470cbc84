"""Jobs of a training: learn on some rows and be scored on others, or learn from all.

Each runs in a process of its own, on this machine or another: what it needs it finds by key, and it sends back little.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ratchet import clock
from ratchet.arrays import Ints, Labels, Probabilities
from ratchet.errors import JobError
from ratchet.features.encoder import Target
from ratchet.kinds.kind import Kind
from ratchet.metrics.metric import Metric
from ratchet.models import learner as learners
from ratchet.models.family import LabelledRows
from ratchet.models.learner import Learner
from ratchet.models.opening import open_pipeline
from ratchet.models.pipeline import Pipeline
from ratchet.models.recipe import Recipe
from ratchet.training import encoded as rows_of
from ratchet.training.folds import Plan
from ratchet.training.inputs import Inputs


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """What a trial needs to know, small enough to travel: rows, labels and folds are found by key."""

    recipe: Recipe
    inputs: Inputs
    task: str
    """Labels and folds (`write_task`)."""
    encoded: str | None
    """The rows as its encoders that look at no label encode them; None where it has none."""
    columns: str | None
    """The rows as columns, where it reads some of them itself or its supervised encoders do; None where not."""
    kinds: Mapping[str, Kind]
    """What it reads of ``columns``."""
    classes: int
    metric: Metric
    seed: int
    result: str = ""
    """Where its result is put."""
    threads: int = 1


@dataclass(frozen=True, slots=True)
class TrialScore:
    """What a trial sends back: its score (as the metric is, mean over repeats), its spread over them, seconds."""

    score: float
    spread: float
    seconds: float


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """What was answered for rows not learned from: row indices, and (rows, classes) probabilities."""

    indices: Ints
    probabilities: Probabilities


def write_task(inputs: Inputs, key: str, labels: Labels, plan: Plan) -> None:
    """Put labels and folds where trials find them."""
    arrays = {"labels": labels, "folds": np.array([len(folds) for folds in plan])}
    for repeat, folds in enumerate(plan):
        for number, fold in enumerate(folds):
            arrays |= {f"fit-{repeat}-{number}": fold.fit, f"score-{repeat}-{number}": fold.score}
    with inputs.make(key) as folder:
        np.savez(folder / "task.npz", **arrays)  # type: ignore[arg-type]  # the stub takes a keyword for an array


def run(job: Job) -> TrialScore:
    """Learn on each fold's rows and score the answers to the rows left out.

    The probabilities of the first repeat are put under ``job.result`` (`read_out_of_fold`).  Raises `JobError` where
    the metric cannot be measured on these rows.
    """
    started = clock.monotonic()
    task = _read_task(job)
    labels, learner = task["labels"], _learner(job, task["labels"])
    scores = []
    for repeat, folds in enumerate(task["folds"]):
        probabilities = _out_of_fold(job, learner, task, repeat, int(folds))
        if repeat == 0:
            with job.inputs.make(job.result) as folder:
                np.save(folder / "probabilities.npy", probabilities)
        scored = np.flatnonzero(~np.isnan(probabilities[:, 0]))
        scores.append(job.metric.value(labels[scored], probabilities[scored]))
    score = float(np.mean(scores))
    if not np.isfinite(score):
        raise JobError(
            f"{job.metric.prose} cannot be measured on the {len(labels)} rows there are to learn from",
            todo="give more rows of each class, or choose another gate.metric",
        )
    return TrialScore(score, float(np.std(scores)), clock.monotonic() - started)


def fit(job: Job) -> None:
    """Learn from all rows; the pipeline is put under ``job.result`` (`read_pipeline`)."""
    learner = _learner(job, _read_task(job)["labels"])
    scratch = tempfile.TemporaryDirectory(dir=job.inputs.scratch(job.result))
    with scratch as files, job.inputs.make(job.result) as folder:
        made = learner.fit(job.recipe.params, seed=job.seed, folder=Path(files), threads=job.threads)
        rows_of.save(folder, made.save())


def read_out_of_fold(inputs: Inputs, key: str) -> OutOfFold:
    """What `run` answered in its first repeat."""
    probabilities = np.load(inputs.entry(key) / "probabilities.npy")
    indices = np.flatnonzero(~np.isnan(probabilities[:, 0]))
    return OutOfFold(indices, probabilities[indices])


def write_out_of_fold(inputs: Inputs, key: str, indices: Ints, probabilities: Probabilities, rows: int) -> None:
    """Keep answers to some of ``rows`` rows as `run` keeps its own."""
    whole = np.full((rows, probabilities.shape[1]), np.nan)
    whole[indices] = probabilities
    with inputs.make(key) as folder:
        np.save(folder / "probabilities.npy", whole)


def read_pipeline(inputs: Inputs, key: str) -> Pipeline:
    """What `fit` made; its files lie where it was put."""
    return open_pipeline(rows_of.load_part(inputs.entry(key)))


def _read_task(job: Job) -> dict[str, npt.NDArray[Any]]:
    with np.load(job.inputs.entry(job.task) / "task.npz") as arrays:
        return dict(arrays)


def _learner(job: Job, labels: Labels) -> Learner:
    columns = rows_of.read_columns(job.inputs, job.columns, job.kinds) if job.columns else {}
    rows = LabelledRows(columns=columns, kinds=job.kinds, target=Target(labels, job.classes))
    encoded = rows_of.load(job.inputs, job.encoded) if job.encoded else None
    return learners.learner(job.recipe, rows, encoded, scratch=job.inputs.scratch(job.result))


def _out_of_fold(
    job: Job, learner: Learner, task: Mapping[str, npt.NDArray[Any]], repeat: int, folds: int
) -> Probabilities:
    """(rows, classes) probabilities, NaN where a row is not scored."""
    probabilities = np.full((len(task["labels"]), job.classes), np.nan)
    for number in range(folds):
        learned, asked = task[f"fit-{repeat}-{number}"], task[f"score-{repeat}-{number}"]
        seed = clock.seed(job.seed, repeat, number)
        probabilities[asked] = learner.predict(asked, learned, job.recipe.params, seed=seed, threads=job.threads)
    return probabilities
