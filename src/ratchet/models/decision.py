"""decision.v1: which class is answered, where a metric of predicted classes gains by another than the most probable.

A factor for each class: the label of a row is the class of the largest probability times factor.  For two classes that
is a threshold on the positive one.  Accuracy is best without; macro-F1 or mean recall of classes that are not equally
frequent is not (Lipton et al. 2014, "Optimal thresholding of classifiers to maximize F1 measure").  Probabilities stay
what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from ratchet import clock
from ratchet.arrays import Floats64, Hashes, Ints, Labels, Probabilities
from ratchet.features.encoder import State
from ratchet.metrics.metric import Metric
from ratchet.metrics.predicted import ClassCounts, PredictedMetric, counted, most_probable
from ratchet.models.calibration.beta import Beta

FOLDS = 5
FEWEST_ROWS = 100
"""With fewer rows nothing is chosen: it would be their noise."""
MOST_CELLS = 400_000
"""Of more rows times classes than this so many rows are drawn to choose by."""
ERRORS = 1.0
"""A gain has to be so many standard errors above nothing; one that is none costs nothing, as it is measured apart."""
_PULL = 0.1
"""What a factor of e, or 1 / e, has to bring, in standard errors of the metric."""
_FURTHEST = 3.0
_GRID = np.linspace(-_FURTHEST, _FURTHEST, 121)
"""For two classes: the logarithms that the factor of the second may have."""
_STEPS = (0.8, 0.4, 0.2, 0.1, 0.05)
_SMALLEST = 1e-12


@dataclass(frozen=True, slots=True)
class ClassFactors:
    """A factor for each class, their geometric mean 1."""

    name: ClassVar[str] = "decision.v1"
    values: tuple[float, ...]

    def weighed(self, probabilities: Probabilities) -> Probabilities:
        """(rows, classes) probabilities times factors, each row summing to one: its largest is the answer."""
        weighed = probabilities * np.asarray(self.values)
        total = weighed.sum(axis=1, keepdims=True)
        return np.asarray(np.divide(weighed, total, out=np.full_like(weighed, 1 / len(self.values)), where=total > 0))

    def on(self, classes: Sequence[str], others: Sequence[str]) -> ClassFactors:
        """The factors, of ``classes``, for ``others`` in their order; 1 for a class that has none.

        >>> ClassFactors((0.5, 2.0)).on(("no", "yes"), ("yes", "maybe", "no")).values
        (2.0, 1.0, 0.5)
        """
        known = dict(zip(classes, self.values, strict=True))
        return ClassFactors(tuple(known.get(each, 1.0) for each in others))

    def threshold(self, positive: int) -> float:
        """Of two classes: from which probability on the ``positive`` one is answered.

        >>> round(ClassFactors((0.5, 2.0)).threshold(1), 3)
        0.2
        """
        return self.values[1 - positive] / sum(self.values)

    def state(self) -> State:
        return State(meta={"factors": list(self.values)})

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls(tuple(float(each) for each in state.meta["factors"]))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Chosen:
    """Factors that were worth it, and the answers with them."""

    factors: ClassFactors
    weighed: Probabilities
    """(rows, classes) each row weighed by factors that were chosen without it."""
    gain: float
    """What they bring on rows that they were not chosen by, in the metric."""


def choose(
    metric: Metric, labels: Labels, probabilities: Probabilities, *, seed: int, units: Hashes | None = None
) -> Chosen | None:
    """The class factors that are best for a metric; None where they bring nothing beyond noise, or it sees more.

    ``probabilities`` (rows, classes) are out of fold, ``labels`` (rows,); rows of one of the ``units`` are not parted.
    The gain is measured on folds that the factors were not chosen by, and has to be `ERRORS` standard errors (of the
    difference, row by row, summed over units) above nothing.
    """
    if not metric.predicted_only or len(labels) < FEWEST_ROWS or len(np.unique(labels)) < 2:
        return None
    place = np.arange(len(labels)) if units is None else np.unique(units, return_inverse=True)[1]
    fold = (clock.rng("decision folds", seed).permutation(int(place.max()) + 1) % FOLDS)[place]
    weighed = np.empty_like(probabilities)
    for each in range(FOLDS):
        inside = fold == each
        found = best(metric, labels[~inside], probabilities[~inside], seed=seed)
        weighed[inside] = found.weighed(probabilities[inside])
    sign = 1.0 if metric.higher_is_better else -1.0
    gain = sign * (metric.value(labels, weighed) - metric.value(labels, probabilities))
    if not gain > ERRORS * _standard_error(metric, labels, weighed, probabilities, place):
        return None
    factors = best(metric, labels, probabilities, seed=seed)
    return Chosen(factors=factors, weighed=weighed, gain=gain)


def best(metric: Metric, labels: Labels, probabilities: Probabilities, *, seed: int) -> ClassFactors:
    """The factors of the best metric on these rows, less a pull towards 1 that chance gains do not outweigh.

    Coordinate ascent over their logarithms in steps that become smaller; the pull is a small part of the metric's
    standard error times the square of each logarithm, so it fades as rows grow.  A metric of counts is taken from the
    mean of what is counted and what the probabilities say will be: half the noise of labels goes.  They say it through
    a curve fitted to these rows, as those of a model that learned with weighted classes promise rare ones too often.
    """
    drawn = _drawn(len(labels), probabilities.shape[1], seed)
    labels, given = labels[drawn], probabilities[drawn]
    logs, honest = np.log(np.maximum(given, _SMALLEST)), _honest(metric, labels, given)
    spread = float(np.sqrt((metric.influence(labels, given) ** 2).sum()) / len(labels))
    sign, pull = (1.0 if metric.higher_is_better else -1.0), _PULL * (spread if np.isfinite(spread) else 0.0)

    def worth(moved: Floats64) -> float:
        value = sign * _value(metric, labels, honest, logs + moved)
        return (value if np.isfinite(value) else -np.inf) - pull * float((moved**2).sum())

    if logs.shape[1] == 2:
        found = np.array([0.0, max(_GRID, key=lambda at: worth(np.array([0.0, at])))])
    else:
        found = np.zeros(logs.shape[1])
        for step in _STEPS:
            found = _climbed(worth, found, step)
    return ClassFactors(tuple(np.exp(found - found.mean()).tolist()))


def _honest(metric: Metric, labels: Labels, given: Probabilities) -> Probabilities:
    """Probabilities that come true as often as they say on these rows, where the metric is one of counts."""
    return Beta.fit(given, labels).apply(given) if isinstance(metric, PredictedMetric) else given


def _value(metric: Metric, labels: Labels, given: Probabilities, scores: Floats64) -> float:
    """The metric of answering the largest of the ``scores`` (rows, classes) of each row; ``given`` are honest."""
    if not isinstance(metric, PredictedMetric):
        return metric.value(labels, scores)  # it looks for the largest of a row, and at nothing else
    predicted, classes = most_probable(scores), scores.shape[1]
    seen, support = counted(labels, predicted, classes), given.sum(axis=0)
    # Rows answered 1 with probabilities .9 .8 .4 of it hold 2.1 of class 1, whatever their labels happen to be.
    hits = np.bincount(predicted, weights=given[np.arange(len(given)), predicted], minlength=classes)
    half = ClassCounts(
        hits=(seen.hits + hits) / 2,
        support=(seen.support + support) / 2,
        predicted=seen.predicted,
        present=seen.present,
    )
    return float(metric.of_counts(half))


def _climbed(worth: Callable[[Floats64], float], found: Floats64, step: float) -> Floats64:
    """The point after each coordinate in turn had the chance to go a step up or down."""
    value = worth(found)
    for at in range(len(found)):
        for way in (step, -step):
            moved = found.copy()
            moved[at] += way
            if abs(moved[at]) <= _FURTHEST and (there := worth(moved)) > value:
                found, value = moved, there
                break
    return found


def _drawn(rows: int, classes: int, seed: int) -> Ints:
    most = max(MOST_CELLS // classes, FEWEST_ROWS)
    if rows <= most:
        return np.arange(rows)
    return np.sort(clock.rng("decision rows", seed).choice(rows, most, replace=False))


def _standard_error(metric: Metric, labels: Labels, one: Probabilities, other: Probabilities, place: Ints) -> float:
    """Of the difference of the metric between two ways to answer the same rows, whose units are numbered ``place``."""
    apart = metric.influence(labels, one) - metric.influence(labels, other)
    return float(np.sqrt((np.bincount(place, weights=apart) ** 2).sum()) / len(labels))
