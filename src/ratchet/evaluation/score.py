"""From answers on the holdout to a Scorecard."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Hashes, Labels, Probabilities
from ratchet.errors import SpecError
from ratchet.evaluation import metrics
from ratchet.evaluation.measure import class_measures, measured
from ratchet.evaluation.paired import copies, difference
from ratchet.evaluation.reliability import reliability, thresholds
from ratchet.evaluation.scorecard import Cost, Lift, Measured, Scorecard
from ratchet.evaluation.segments import weakest
from ratchet.evaluation.summary import MAJORITY, gap, guessed, notes, summary

_LEVEL = 0.95


def score(
    *,
    classes: tuple[str, ...],
    labels: Labels,
    probabilities: Probabilities,
    baselines: Mapping[str, Probabilities],
    slices: Mapping[str, npt.NDArray[np.str_] | npt.NDArray[np.object_]] | None = None,
    columns: Mapping[str, npt.NDArray[np.generic]] | None = None,
    cost: Cost | None = None,
    search_score: float | None = None,
    ids: Hashes | None = None,
    metric: str = "macro_f1",
    seed: int = 0,
) -> Scorecard:
    """All that is known of a candidate, from its answers on the holdout.

    ``labels`` (rows,), ``probabilities`` and each of ``baselines`` (rows, classes) on the same rows; ``slices`` gives
    each declared column's value a row (text), ``columns`` the columns to look for weak segments in (numbers or text);
    ``search_score`` is what chose the candidate; ``ids`` (rows,) tell copies of a row.  What cannot be measured
    (ROC-AUC of one class) is left out, so that no number is ever NaN.  Deterministic for a seed; raises `SpecError`
    for an unknown metric.
    """
    if metric not in metrics.MEASURED:
        raise SpecError(f"there is no metric '{metric}'", todo=f"use one of {', '.join(metrics.MEASURED)}")
    measures = _measures(metrics.MEASURED, labels, probabilities, seed)
    answered = metrics.answers(probabilities)
    beside = {family: _measures(metrics.MEASURED, labels, theirs, seed) for family, theirs in baselines.items()}
    known = metric in measures and len(labels) > 1
    lift = {family: _lift(metric, labels, probabilities, theirs, ids) for family, theirs in baselines.items() if known}
    return Scorecard(
        classes=classes,
        metrics=measures,
        per_class={name: class_measures(labels, answered, each) for each, name in enumerate(classes)},
        confusion=tuple(map(tuple, metrics.confusion(labels, answered, len(classes)).tolist())),
        baselines=beside,
        slices=_slices(metric, labels, probabilities, slices or {}, seed),
        cost=cost,
        search_score=search_score,
        summary=summary(
            metric=metric,
            measures=measures,
            baselines=beside,
            lift=lift,
            guess=guessed(classes, labels, baselines.get(MAJORITY)),
        ),
        metric=metric,
        reliability=reliability(labels, probabilities),
        thresholds=thresholds(labels, probabilities),
        lift=lift,
        segments=weakest(columns or {}, answered == labels, seed=seed),
        gap=gap(metric, search_score, measures[metric]) if known and search_score is not None else None,
        notes=notes(classes, labels, probabilities),
    )


def _measures(wanted: tuple[str, ...], labels: Labels, probabilities: Probabilities, seed: int) -> dict[str, Measured]:
    """Each metric that can be measured on these rows."""
    found = {each: measured(each, labels, probabilities, seed=seed) for each in wanted}
    return {name: each for name, each in found.items() if math.isfinite(each.value + each.low + each.high)}


def _lift(
    metric: str,
    labels: Labels,
    ours: Probabilities,
    theirs: Probabilities,
    ids: Hashes | None,
) -> Lift:
    """How far the candidate lies above a baseline, row by row."""
    apart = difference(metric, labels, ours, theirs).grouped(copies(ids))
    low, high = apart.interval(_LEVEL)
    value = Measured(value=apart.value, low=low, high=high, n=len(labels), method="paired-influence")
    return Lift(difference=value, better=apart.p_value() < 1 - _LEVEL)


def _slices(
    metric: str,
    labels: Labels,
    probabilities: Probabilities,
    slices: Mapping[str, npt.NDArray[np.str_] | npt.NDArray[np.object_]],
    seed: int,
) -> dict[str, dict[str, Measured]]:
    """``column=value`` -> the chosen metric and accuracy on its rows."""
    found = {}
    for column, values in slices.items():
        for each in np.unique(values):
            inside = values == each
            wanted = tuple(dict.fromkeys((metric, "accuracy")))
            found[f"{column}={each}"] = _measures(wanted, labels[inside], probabilities[inside], seed)
    return found
