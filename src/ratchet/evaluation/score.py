"""From probabilities on the holdout to a Scorecard."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Bools, Hashes, Labels, Probabilities
from ratchet.evaluation.labelling import labelling
from ratchet.evaluation.paired import difference
from ratchet.evaluation.per_class import class_measures
from ratchet.evaluation.ranking import ranking
from ratchet.evaluation.reliability import reliability, thresholds
from ratchet.evaluation.scorecard import Cost, Lift, Scorecard
from ratchet.evaluation.segments import weakest
from ratchet.evaluation.summary import MAJORITY, SplitBy, gap, guessed, notes, summary
from ratchet.metrics import catalogue
from ratchet.metrics.metric import Metric
from ratchet.metrics.predicted import confusion, most_probable
from ratchet.models.decision import ClassFactors
from ratchet.statistics.measured import Measured

_LEVEL = 0.95


def score(
    *,
    classes: tuple[str, ...],
    labels: Labels,
    probabilities: Probabilities,
    factors: ClassFactors | None = None,
    baselines: Mapping[str, Probabilities],
    slices: Mapping[str, npt.NDArray[np.str_] | npt.NDArray[np.object_]] | None = None,
    columns: Mapping[str, npt.NDArray[np.generic]] | None = None,
    cost: Cost | None = None,
    search_score: float | None = None,
    search: Measured | None = None,
    rule: SplitBy = "hash",
    units: Hashes | None = None,
    metric: str = "macro_f1",
    positive: int | None = None,
    seed: int = 0,
) -> Scorecard:
    """All that is known of a candidate, from its probabilities on the holdout.

    ``labels`` (rows,), ``probabilities`` and each of ``baselines`` (rows, classes) on the same rows; by ``factors`` the
    candidate's labels are decided, and what sees labels only is measured of those labels; ``slices`` gives
    each declared column's value a row (text), ``columns`` the columns to look for weak segments in (numbers or text);
    ``search_score`` is what chose the candidate, ``search`` the metric of its answers to rows left out of learning, and
    ``rule`` what parts those rows from these; ``units`` (rows,) name the unit of evidence of each row; ``positive`` is
    the class of two that PR-AUC is about, the rarer one of these rows where none is given.  What cannot be measured
    (ROC-AUC of one class) is left out, so that no number is ever NaN.  Deterministic for a seed; raises `SpecError`
    for an unknown metric.
    """
    positive = _positive(classes, labels, positive)
    better = catalogue.metric(metric).about(classes, positive)
    every = [each.about(classes, positive) for each in (catalogue.METRICS | {metric: better}).values()]
    ours = Answered(probabilities, probabilities if factors is None else factors.weighed(probabilities))
    measures = _measures(every, labels, ours, seed, units)
    predicted = most_probable(ours.weighed)
    beside = {f: _measures(every, labels, Answered(theirs, theirs), seed, units) for f, theirs in baselines.items()}
    known = metric in measures and len(labels) > 1
    lift = {f: _lift(better, labels, ours.seen_by(better), theirs, units) for f, theirs in baselines.items() if known}
    return Scorecard(
        classes=classes,
        metrics=measures,
        per_class={
            name: class_measures(labels, probabilities, each, predicted=predicted, units=units)
            for each, name in enumerate(classes)
        },
        confusion=tuple(map(tuple, confusion(labels, predicted, len(classes)).tolist())),
        baselines=beside,
        slices=_slices(better, labels, ours, slices or {}, seed, units),
        cost=cost,
        search_score=search_score,
        search=search,
        summary=summary(
            metric=better,
            measures=measures,
            baselines=beside,
            lift=lift,
            guess=guessed(classes, labels, baselines.get(MAJORITY)),
        ),
        metric=metric,
        positive=None if positive is None else classes[positive],
        headings={each.name: each.heading for each in every if each.name in measures},
        reliability=reliability(labels, probabilities, units),
        thresholds=thresholds(labels, probabilities, predicted, units),
        ranking=ranking(classes, labels, probabilities, positive=positive, units=units),
        lift=lift,
        segments=weakest(columns or {}, predicted == labels, seed=seed, units=units),
        gap=gap(better, search, measures[metric], rule) if known and search is not None else None,
        notes=notes(classes, labels, ours.weighed),
        labelling=None
        if factors is None or not known
        else labelling(
            factors,
            better,
            classes,
            positive,
            measures[metric],
            _plain(better, labels, ours, seed, units),
            search=search,
            search_score=search_score,
        ),
    )


@dataclass(frozen=True, slots=True)
class Answered:
    """The candidate's (rows, classes) probabilities, and the same weighed so that the largest of a row is its label."""

    probabilities: Probabilities
    weighed: Probabilities

    def seen_by(self, metric: Metric) -> Probabilities:
        """What a metric is to see: one that sees labels only sees those that are given."""
        return self.weighed if metric.predicted_only else self.probabilities

    def pick(self, rows: Bools) -> Answered:
        """The same of some rows."""
        return Answered(self.probabilities[rows], self.weighed[rows])


def _positive(classes: tuple[str, ...], labels: Labels, positive: int | None) -> int | None:
    """The positive one of two classes: the one given, else the rarer one of the rows, the first of equals."""
    return int(np.bincount(labels, minlength=2).argmin()) if len(classes) == 2 and positive is None else positive


def _measures(
    wanted: Iterable[Metric], labels: Labels, answered: Answered, seed: int, units: Hashes | None
) -> dict[str, Measured]:
    """Each metric that can be measured on these rows."""
    found = {each.name: each.measured(labels, answered.seen_by(each), seed=seed, units=units) for each in wanted}
    return {name: each for name, each in found.items() if math.isfinite(each.value + each.low + each.high)}


def _plain(metric: Metric, labels: Labels, answered: Answered, seed: int, units: Hashes | None) -> Measured:
    """The metric if each row had its most probable class."""
    return metric.measured(labels, answered.probabilities, seed=seed, units=units)


def _lift(
    metric: Metric,
    labels: Labels,
    ours: Probabilities,
    theirs: Probabilities,
    units: Hashes | None,
) -> Lift:
    """How far the candidate lies above a baseline, row by row."""
    found = difference(metric, labels, ours, theirs, units)
    low, high = metric.difference_within(*found.interval(_LEVEL))
    value = Measured(value=found.value, low=low, high=high, n=len(labels), method=found.method)
    return Lift(difference=value, better=found.p_value() < 1 - _LEVEL)


def _slices(
    metric: Metric,
    labels: Labels,
    answered: Answered,
    slices: Mapping[str, npt.NDArray[np.str_] | npt.NDArray[np.object_]],
    seed: int,
    units: Hashes | None,
) -> dict[str, dict[str, Measured]]:
    """``column=value`` -> the chosen metric and accuracy on its rows."""
    found = {}
    for column, values in slices.items():
        for each in np.unique(values):
            inside = values == each
            wanted = dict.fromkeys((metric, catalogue.METRICS["accuracy"]))
            own = None if units is None else units[inside]
            found[f"{column}={each}"] = _measures(wanted, labels[inside], answered.pick(inside), seed, own)
    return found
