"""The best rule on a single feature, by a metric: which feature, where it is cut, and what each side says.

Which feature is chosen out of fold: each is cut, and its sides are given their answers, on four fifths of the rows and
scored on the last, so that a feature of many values wins nothing by having many.  What each side says need not be its
commonest class: where a metric counts rare classes as much as common ones, the side on which a rare class is least
rare may say it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Bools, Floats64, Ints, Labels, Probabilities
from ratchet.features.encoder import Matrix
from ratchet.features.matrix import take, to_scipy
from ratchet.metrics.catalogue import METRICS
from ratchet.metrics.metric import Metric
from ratchet.metrics.predicted import ClassCounts, PredictedMetric
from ratchet.models.majority import shares

_BINS = 32
"""Thresholds tried per dense feature: its quantiles."""
_FOLDS = 5
_SHORTLIST = 8
"""Features, per way of cutting, that a metric of probabilities is measured on."""
_MEASURED = 20_000
"""Rows it is measured on, evenly taken."""
_CHUNK = 1_000_000
"""Cells of counts that are looked at together."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Whether a feature lies above a threshold, and the class that the rows below and above it are given."""

    feature: int
    threshold: float
    missing: bool
    """Missing values count as above."""
    says: tuple[int, int]

    def above(self, rows: Matrix) -> Bools:
        """(rows,) whether the feature lies above the threshold."""
        width = rows.dense.shape[1]
        if self.feature < width:
            values = rows.dense[:, self.feature]
            return np.where(np.isnan(values), self.missing, values > self.threshold)
        above = np.zeros(len(rows), dtype=bool)
        if rows.sparse is not None:
            hits = np.flatnonzero((rows.sparse.indices == self.feature - width) & (rows.sparse.values > self.threshold))
            above[np.searchsorted(rows.sparse.indptr, hits, side="right") - 1] = True
        return above


@dataclass(frozen=True, slots=True)
class _Cuts:
    """Ways to cut some features: ``lower`` (features, folds, rules, classes) counts the rows that are not above."""

    features: Ints
    thresholds: Floats64
    missing: Bools
    lower: Floats64
    upper: Floats64


def best_rule(rows: Matrix, labels: Labels, classes: int, metric: Metric) -> Rule:
    """The rule that is best by the metric; of equal ones that which parts the classes most, of equal ones the first."""
    folds = _dealt(labels)
    cuts = list(_cuts(rows, labels, classes, folds))
    if not cuts:
        most = int(np.argmax(shares(labels, classes)))
        return Rule(0, np.inf, False, (most, most))
    if isinstance(metric, PredictedMetric):
        return _chosen(cuts, metric)
    return _measured(rows, labels, classes, folds, cuts, metric)


def _dealt(labels: Labels) -> Ints:
    """(rows,) fold numbers; each class is dealt out like cards."""
    number = np.empty(len(labels), dtype=np.int64)
    number[np.argsort(labels, kind="stable")] = np.arange(len(labels)) % _FOLDS
    return number


def _cuts(rows: Matrix, labels: Labels, classes: int, folds: Ints) -> Iterator[_Cuts]:
    """The ways to cut each dense feature, then those of all sparse ones, some at a time."""
    cells = folds * classes + labels
    for feature in range(rows.dense.shape[1]):
        found = _of_dense(np.asarray(rows.dense[:, feature]), feature, cells, classes)
        if found is not None:
            yield found
    if rows.sparse is not None and rows.sparse.width:
        yield from _of_sparse(rows, rows.sparse.width, cells, classes)


def _of_sparse(rows: Matrix, width: int, cells: Ints, classes: int) -> Iterator[_Cuts]:
    """The one way to cut each sparse feature: at whether it is there."""
    from scipy import sparse

    # One row of counts for each fold and class: rows in the cells [0, 2, 2] with features [a, ab, b] have the counts
    # a 1, b 0 in cell 0 and a 1, b 2 in cell 2.
    size = _FOLDS * classes
    ones = np.ones(len(cells))
    into = sparse.csr_matrix((ones, (cells, np.arange(len(cells)))), shape=(size, len(cells)))
    there = to_scipy(Matrix(np.zeros((len(rows), 0), np.float32), rows.sparse)) > 0
    present = (into @ there.astype(np.float64)).tocsc()
    total = np.bincount(cells, minlength=size).reshape(_FOLDS, 1, classes).astype(np.float64)
    step = max(1, _CHUNK // size)
    for first in range(0, width, step):
        upper = present[:, first : first + step].toarray().T.reshape(-1, _FOLDS, 1, classes)
        features = rows.dense.shape[1] + first + np.arange(len(upper))
        yield _Cuts(features, np.zeros(1), np.zeros(1, dtype=bool), total - upper, upper)


def _of_dense(values: npt.NDArray[np.float32], feature: int, cells: Ints, classes: int) -> _Cuts | None:
    """The ways to cut a dense feature: at its quantiles, missing values below and above."""
    missing = np.isnan(values)
    seen = values[~missing]
    if not len(seen):
        return None
    thresholds = np.unique(np.quantile(seen, np.linspace(0, 1, _BINS + 1), method="lower"))[:-1]
    if missing.any():
        thresholds = np.append(thresholds, np.float32(seen.max()))
    if not len(thresholds):
        return None
    # A row's bin and its cell (fold and class) as one number: with 10 cells, bin 3 with cell 4 is 34.
    count, size = len(thresholds), _FOLDS * classes
    bins = np.where(missing, count + 1, np.searchsorted(thresholds, values, side="left"))
    found = np.bincount(bins * size + cells, minlength=(count + 2) * size).reshape(count + 2, _FOLDS, classes)
    counts = found.transpose(1, 0, 2).astype(np.float64)
    below = np.cumsum(counts[:, :-2], axis=1)
    lower = [below + counts[:, -1:], below] if missing.any() else [below]
    every = np.concatenate(lower, axis=1)
    above = np.repeat([False, True][: len(lower)], count)
    upper = counts.sum(axis=1, keepdims=True) - every
    return _Cuts(np.array([feature]), np.tile(thresholds, len(lower)), above, every[None], upper[None])


def _chosen(cuts: list[_Cuts], metric: PredictedMetric) -> Rule:
    """The best rule by a metric of predicted classes, straight from the counts."""
    best: tuple[tuple[float, float], Rule] | None = None
    for each in cuts:
        scores, rules, gains = _out_of_fold(each, metric)
        place = int(np.lexsort((-gains, -scores.round(12)))[0])
        key = (float(scores[place].round(12)), float(gains[place].round(9)))
        if best is None or key > best[0]:
            best = key, rules[place]
    assert best is not None
    return best[1]


def _out_of_fold(cuts: _Cuts, metric: PredictedMetric) -> tuple[Floats64, list[Rule], Floats64]:
    """Of each feature its score out of fold (higher is better), its rule from all rows, and how far that parts them."""
    lower, upper = cuts.lower.sum(axis=1), cuts.upper.sum(axis=1)
    present = (lower + upper)[0, 0] > 0
    rule, says = _best(lower[:, None] - cuts.lower, upper[:, None] - cuts.upper, present, metric)
    held = [np.take_along_axis(each, rule[..., None, None], axis=2)[:, :, 0] for each in (cuts.lower, cuts.upper)]
    hits, predicted = _answered(held[0], held[1], says)
    support = (lower + upper)[:, 0]
    counts = ClassCounts(hits=hits.sum(axis=1), support=support, predicted=predicted.sum(axis=1), present=present)
    scores = metric.of_counts(counts) * (1 if metric.higher_is_better else -1)
    rule, says = _best(lower, upper, present, metric)
    gains = np.take_along_axis(_gains(lower, upper), rule[:, None], axis=1)[:, 0]
    rules = [_rule(cuts, place, int(each), says[:, place]) for place, each in enumerate(rule)]
    return scores, rules, gains


def _rule(cuts: _Cuts, place: int, rule: int, says: Ints) -> Rule:
    threshold, missing = float(cuts.thresholds[rule]), bool(cuts.missing[rule])
    return Rule(int(cuts.features[place]), threshold, missing, (int(says[0]), int(says[1])))


def _best(lower: Floats64, upper: Floats64, present: Bools, metric: PredictedMetric) -> tuple[Ints, Ints]:
    """Of counts (..., rules, classes) the best rule (...,), and what its sides say (2, ...)."""
    support = lower + upper
    sign = 1 if metric.higher_is_better else -1
    values = np.full(lower.shape[:-1], -np.inf)
    says = np.zeros((2, *values.shape), dtype=np.int64)
    for pair in product(_sayable(lower, support), _sayable(upper, support)):
        chosen = np.stack(pair)
        hits, predicted = _answered(lower, upper, chosen)
        counts = ClassCounts(hits=hits, support=support, predicted=predicted, present=present)
        value = (sign * metric.of_counts(counts)).round(12)
        says = np.where(value > values, chosen, says)
        values = np.maximum(values, value)
    # The gain only tells equal values apart: it is made smaller than any step between two of them.
    gains = _gains(lower, upper)
    rule = (values + 1e-13 * gains / (1 + gains.max(initial=0.0))).argmax(axis=-1)
    taken = np.take_along_axis(says, np.broadcast_to(rule[None, ..., None], (2, *rule.shape, 1)), axis=-1)
    return rule, taken[..., 0]


def _sayable(side: Floats64, support: Floats64) -> list[Ints]:
    """What a side of counts (..., classes) may say, each (...): its commonest class, and the two of the highest F1."""
    if side.shape[-1] <= 2:
        return [np.full(side.shape[:-1], each, dtype=np.int64) for each in range(side.shape[-1])]
    f1 = side / np.maximum(side.sum(axis=-1, keepdims=True) + support, 1.0)
    order = np.argsort(-f1, axis=-1, kind="stable")
    return [side.argmax(axis=-1), order[..., 0], order[..., 1]]


def _answered(lower: Floats64, upper: Floats64, says: Ints) -> tuple[Floats64, Floats64]:
    """By class, the rows that are answered right, and those it is said of, each (..., classes)."""
    # Sides [30, 10] and [5, 15] that say 0 and 1 are right on [30, 15] and say [40, 20]; where both say 0, on [35, 0]
    # and [60, 0].
    below, above = says[..., None] == np.arange(lower.shape[-1])
    hits = lower * below + upper * above
    return hits, lower.sum(axis=-1, keepdims=True) * below + upper.sum(axis=-1, keepdims=True) * above


def _gains(lower: Floats64, upper: Floats64) -> Floats64:
    """(..., rules) the drop in Gini impurity, in rows, of parting counts (..., rules, classes)."""
    return _purity(lower) + _purity(upper) - _purity(lower + upper)


def _purity(counts: Floats64) -> Floats64:
    return np.asarray((counts**2).sum(-1) / np.maximum(counts.sum(-1), 1.0))


def _measured(rows: Matrix, labels: Labels, classes: int, folds: Ints, cuts: list[_Cuts], metric: Metric) -> Rule:
    """The best rule by a metric of probabilities: those that part the rows most are measured, out of fold."""
    taken = np.arange(0, len(labels), -(-len(labels) // _MEASURED))
    part, truth, fold = take(rows, taken), labels[taken], folds[taken]
    best: tuple[float, Rule] | None = None
    for rule in _shortlist(cuts):
        probabilities = _of_others(rule.above(part), truth, fold, classes)
        value = metric.value(truth, probabilities) * (1 if metric.higher_is_better else -1)
        if best is None or round(value, 12) > best[0]:
            best = round(value, 12), rule
    assert best is not None
    return best[1]


def _shortlist(cuts: list[_Cuts]) -> Iterator[Rule]:
    """Of each feature the rule that parts its rows most, and that of the highest macro-recall; the best few of each.

    A rule ranks rows by two scores only: of two classes its macro-recall is the area under its ROC curve.
    """
    ways: tuple[list[tuple[float, Rule]], list[tuple[float, Rule]]] = ([], [])
    recall = METRICS["macro_recall"]
    assert isinstance(recall, PredictedMetric)
    for each in cuts:
        lower, upper = each.lower.sum(axis=1), each.upper.sum(axis=1)
        gains = _gains(lower, upper)
        commonest = np.stack([lower.argmax(axis=-1), upper.argmax(axis=-1)])
        for place, at in enumerate(gains.argmax(axis=-1)):
            ways[0].append((float(gains[place, at]), _rule(each, place, int(at), commonest[:, place, at])))
        scores, rules, _ = _out_of_fold(each, recall)
        ways[1].extend(zip(scores.tolist(), rules, strict=True))
    for way in ways:
        yield from (
            rule for _, rule in sorted(way, key=lambda entry: (-round(entry[0], 12), entry[1].feature))[:_SHORTLIST]
        )


def _of_others(above: Bools, labels: Labels, folds: Ints, classes: int) -> Probabilities:
    """(rows, classes) the shares of the classes on each row's side in the other folds."""
    # Side, fold and class as one number, so that one count gives all: side 1, fold 2, class 0 of 3 is (5 + 2) * 3.
    side = above.astype(np.int64)
    cells = (side * _FOLDS + folds) * classes + labels
    counts = np.bincount(cells, minlength=2 * _FOLDS * classes).reshape(2, _FOLDS, classes)
    others = counts.sum(axis=1, keepdims=True) - counts + shares(labels, classes)
    return np.asarray((others / others.sum(axis=-1, keepdims=True))[side, folds])
