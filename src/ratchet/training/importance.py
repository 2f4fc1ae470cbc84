"""What a model rests on: the metric lost when a column is shuffled among rows it has not learned from (Breiman 2001,
"Random Forests", section 10), and the weights of a linear one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ratchet import clock
from ratchet.arrays import Floats64, Hashes, Ints, Labels, Probabilities
from ratchet.errors import RatchetError
from ratchet.evaluation.explained import ClassWeights, ColumnImportance, Importance, Weight
from ratchet.features.encoder import Columns, pick
from ratchet.metrics.metric import Metric
from ratchet.models.calibrated import Calibrated
from ratchet.models.encoded import Encoded
from ratchet.models.pipeline import Pipeline
from ratchet.models.prepared import Prepared
from ratchet.models.recipe import Recipe
from ratchet.statistics.measured import FEW, Measured
from ratchet.training.folds import plan
from ratchet.training.left_out import LeftOut
from ratchet.training.task import Task

MOST_LEARNED, MOST_ASKED = 10_000, 2_000
REPEATS = 5
MOST_SECONDS, LEAST_SECONDS = 10.0, 0.5
SHARE = 0.03
"""Of the budget it may take so much, within those."""
STRONGEST = 12
"""Weights that are kept for, and against, each class."""
_NORMAL = 1.959964
_UNNAMED = "of group"
"""In the name of an output that stands for many words at once."""


def importance(task: Task, recipe: Recipe, metric: Metric) -> Importance:
    """How much each column matters, by a model of the recipe that has learned from one fold's rows.

    It is asked about rows of that fold which were left out.  Runs on the engine within `SHARE` of the budget; raises
    what the job does, `LimitError` where the time was not enough to shuffle each column once.
    """
    rows, spec = task.rows, task.spec
    fold = plan(rows.labels, rows.tune, rows.groups, folds=spec.search.folds, seed=task.seed, times=rows.times)[0][0]
    draw = clock.rng("importance", task.seed)
    learned, asked = _some(fold.fit, MOST_LEARNED, draw), _some(fold.score, MOST_ASKED, draw)
    seconds = max(min(SHARE * spec.search.budget, MOST_SECONDS), LEAST_SECONDS)
    job = LeftOut.of(task, recipe, learned, asked)
    arguments = (job, metric, rows.units_of(asked), 0.8 * seconds)
    return task.engine.submit(run, *arguments, seconds=seconds, memory_mb=spec.search.memory_mb).result()


def run(job: LeftOut, metric: Metric, units: Hashes | None, seconds: float) -> Importance:
    """Learn, and shuffle each column `REPEATS` times, or as often as ``seconds`` allow.  A job: runs anywhere."""
    ends, labels = clock.monotonic() + seconds, job.labels[job.asked]
    with job.fitted() as (pipeline, columns):
        answered = pipeline.predict(columns)
        shuffled: dict[str, list[Probabilities]] = {name: [] for name in pipeline.columns}
        for repeat in range(REPEATS):
            if repeat and clock.monotonic() > ends:
                break
            for name, answers in shuffled.items():
                order = clock.rng("shuffle", job.seed, repeat, name).permutation(len(labels))
                answers.append(pipeline.predict(_with_shuffled(columns, name, order)))
    sign = 1.0 if metric.higher_is_better else -1.0
    found = [
        ColumnImportance(column=name, loss=_loss(metric, sign, labels, answered, each, units))
        for name, each in shuffled.items()
    ]
    found.sort(key=lambda each: -each.loss.value)
    return Importance(metric=metric.name, learned=len(job.learned), columns=tuple(found))


def _some(rows: Ints, most: int, draw: np.random.Generator) -> Ints:
    return rows if len(rows) <= most else np.sort(draw.choice(rows, most, replace=False))


def _with_shuffled(columns: Columns, name: str, order: Ints) -> Columns:
    return {**columns, name: pick({name: columns[name]}, order)[name]}


def _loss(
    metric: Metric,
    sign: float,
    labels: Labels,
    answered: Probabilities,
    shuffled: Sequence[Probabilities],
    units: Hashes | None,
) -> Measured:
    """What the metric loses, the mean over repeats, with the interval that its rows' influences (by units) give."""
    value = metric.value(labels, answered) - float(np.mean([metric.value(labels, each) for each in shuffled]))
    apart = metric.influence(labels, answered) - np.mean([metric.influence(labels, each) for each in shuffled], axis=0)
    place = np.arange(len(labels)) if units is None else np.unique(units, return_inverse=True)[1]
    width = _NORMAL * float(np.sqrt((np.bincount(place, weights=apart) ** 2).sum()) / len(labels))
    method = f"shuffled {len(shuffled)} times" + ("" if units is None else " by units")
    few = int(place.max()) + 1 < FEW
    return Measured(
        value=sign * value, low=sign * value - width, high=sign * value + width, n=len(labels), method=method,
        approximate=few,
    )  # fmt: skip


def weights(pipeline: Pipeline, classes: Sequence[str]) -> Mapping[str, ClassWeights] | None:
    """The strongest weights for and against each class, of a pipeline that is linear in its outputs; None of others.

    Outputs without a name of their own (pairs of words that share a place) are left out.
    """
    while isinstance(pipeline, Calibrated | Prepared):
        pipeline = pipeline.inner
    found: Any = getattr(pipeline.model, "weights", None) if isinstance(pipeline, Encoded) else None
    if not isinstance(pipeline, Encoded) or found is None:
        return None
    names = np.array(pipeline.encoder.names(), dtype=object)
    kept = np.array([_UNNAMED not in name for name in names], dtype=bool)
    names, found = names[kept], np.asarray(found, dtype=np.float64)[kept]
    if len(classes) == 2 and found.shape[1] == 1:  # the score of the first class is 0: what speaks for one speaks
        found = np.column_stack([-found[:, 0], found[:, 0]])  # against the other
    return {each: _strongest(names, found[:, at]) for at, each in enumerate(classes)}


def _strongest(names: Any, values: Floats64) -> ClassWeights:
    order = np.argsort(-values, kind="stable")
    most = [Weight(name=names[at], weight=float(values[at])) for at in order[:STRONGEST] if values[at] > 0]
    least = [Weight(name=names[at], weight=float(values[at])) for at in order[::-1][:STRONGEST] if values[at] < 0]
    return ClassWeights(speaks_for=tuple(most), speaks_against=tuple(least))


def why_not(error: Exception) -> str:
    """Why the columns' importance is not known, in a sentence."""
    reason = error.problem if isinstance(error, RatchetError) else f"{type(error).__name__}: {error}"
    return f"How much each column matters was not measured: {reason}"
