"""What the numbers are: each metric of the spec as a pure function of labels and probabilities.

A row's answer is its most probable class (the first of equals).  Macro metrics average over the classes that have
rows: a class without a true row gives nothing to measure.  Metrics that cannot be measured (no rows; ROC-AUC of one
class) are NaN, never a made-up number.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ratchet.arrays import Bools, Floats64, Ints, Labels, Probabilities
from ratchet.errors import SpecError

BINS = 15
"""Bins of confidence for `ece` (Guo et al. 2017, "On Calibration of Modern Neural Networks", section 2)."""

_SMALLEST = float(np.finfo(np.float64).eps)
_LOWER_IS_BETTER = frozenset({"log_loss", "brier", "ece"})
FROM_ANSWERS = ("accuracy", "macro_f1", "weighted_f1", "macro_precision", "macro_recall")
"""The metrics that see only which class was answered, and so are functions of the confusion matrix."""


def value(metric: str, labels: Labels, probabilities: Probabilities) -> float:
    """The metric of these answers, as scikit-learn computes it with ``labels=`` the classes that have rows.

    ``labels`` (rows,) class indices, ``probabilities`` (rows, classes).  ROC-AUC and PR-AUC (average precision) of
    more than two classes are one-vs-rest, unweighted means over the classes; PR-AUC of two classes is the mean of
    both, as no class is "the positive one".  Brier is the mean squared distance, halved for two classes.  Raises
    `SpecError` for a metric there is none of.
    """
    if metric not in _METRICS:
        raise SpecError(f"there is no metric '{metric}'", todo=f"use one of {', '.join(_METRICS)}")
    if len(labels) != len(probabilities):
        raise ValueError(f"{len(labels)} labels for {len(probabilities)} rows of probabilities")
    return _METRICS[metric](labels, probabilities) if len(labels) else float("nan")


def higher_is_better(metric: str) -> bool:
    """Whether more of it is better; log-loss, Brier and ECE are errors."""
    return metric not in _LOWER_IS_BETTER


def answers(probabilities: Probabilities) -> Labels:
    """(rows,) the most probable class of each row, the first of equals."""
    return np.asarray(np.argmax(probabilities, axis=1), dtype=np.int32)


def confusion(labels: Labels, answered: Labels, classes: int) -> Ints:
    """(classes, classes) rows by [true class][answered class]."""
    cells = labels.astype(np.int64) * classes + answered
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def from_counts(metric: str, hits: Floats64, support: Floats64, answered: Floats64, present: Bools) -> Floats64:
    """A metric of `FROM_ANSWERS` for many confusion matrices at once, given as their per-class counts.

    ``hits`` (..., classes) rows of the class that were answered right, ``support`` rows of the class, ``answered``
    rows answered as the class; ``present`` (classes,) the classes to average over.  Returns (...).
    """
    if metric == "accuracy":
        return np.asarray(hits.sum(-1) / support.sum(-1))
    if metric == "weighted_f1":
        weights = support / support.sum(-1, keepdims=True)
        return np.asarray((weights * _ratio(2 * hits, support + answered)).sum(-1))
    top, bottom = {
        "macro_f1": (2 * hits, support + answered),
        "macro_precision": (hits, answered),
        "macro_recall": (hits, support),
    }[metric]
    return np.asarray(_ratio(top, bottom)[..., present].mean(-1))


def ranked_auc(positives: Floats64, negatives: Floats64) -> float:
    """How often a positive's score lies above a negative's, ties half (the area under the ROC curve)."""
    if not len(positives) or not len(negatives):
        return float("nan")
    below = np.sort(negatives)
    wins = np.searchsorted(below, positives, "left") + np.searchsorted(below, positives, "right")
    return float(wins.mean() / (2 * len(negatives)))


def average_precision(positives: Floats64, negatives: Floats64) -> float:
    """The precision at each positive's score, averaged over the positives (the area under the PR curve, stepwise)."""
    if not len(positives):
        return float("nan")
    right, wrong = np.sort(positives), np.sort(negatives)
    hits = len(right) - np.searchsorted(right, right, "left")
    misses = len(wrong) - np.searchsorted(wrong, right, "left")
    return float((hits / (hits + misses)).mean())


def row_log_loss(labels: Labels, probabilities: Probabilities) -> Floats64:
    """(rows,) minus the log of the probability given to the true class, which is held above 2e-16."""
    true = probabilities[np.arange(len(labels)), labels]
    return np.asarray(-np.log(np.clip(true, _SMALLEST, 1.0)))


def row_brier(labels: Labels, probabilities: Probabilities) -> Floats64:
    """(rows,) squared distance between the probabilities and the truth, halved for two classes."""
    true = probabilities[np.arange(len(labels)), labels]
    distance = np.einsum("ij,ij->i", probabilities, probabilities) - 2 * true + 1
    return np.asarray(distance / 2 if probabilities.shape[1] == 2 else distance)


def confidence_bins(confidence: Floats64) -> Ints:
    """(rows,) which of `BINS` equal-width bins a confidence lies in; a bin holds its upper edge."""
    return np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)


def _ratio(top: Floats64, bottom: Floats64) -> Floats64:
    """``top / bottom``, nothing over nothing being 0 (a class never answered is never answered right)."""
    return np.asarray(np.divide(top, bottom, out=np.zeros(np.broadcast(top, bottom).shape), where=bottom > 0))


def _from_answers(metric: str) -> Callable[[Labels, Probabilities], float]:
    def measure(labels: Labels, probabilities: Probabilities) -> float:
        classes = probabilities.shape[1]
        answered = answers(probabilities)
        support = np.bincount(labels, minlength=classes).astype(np.float64)
        hits = np.bincount(labels[labels == answered], minlength=classes).astype(np.float64)
        counts = np.bincount(answered, minlength=classes).astype(np.float64)
        return float(from_counts(metric, hits, support, counts, support > 0))

    return measure


def _one_vs_rest(area: Callable[[Floats64, Floats64], float]) -> Callable[[Labels, Probabilities], float]:
    def measure(labels: Labels, probabilities: Probabilities) -> float:
        areas = []
        for each in np.unique(labels):
            inside = labels == each
            areas.append(area(probabilities[inside, each], probabilities[~inside, each]))
        return float(np.mean(areas))

    return measure


def _roc_auc(labels: Labels, probabilities: Probabilities) -> float:
    if probabilities.shape[1] == 2:
        inside = labels == 1
        return ranked_auc(probabilities[inside, 1], probabilities[~inside, 1])
    return _one_vs_rest(ranked_auc)(labels, probabilities)


def _ece(labels: Labels, probabilities: Probabilities) -> float:
    """Mean distance between confidence and accuracy over bins of confidence, weighted by their rows."""
    confidence = probabilities.max(axis=1)
    excess = confidence - (answers(probabilities) == labels)
    return float(np.abs(np.bincount(confidence_bins(confidence), weights=excess, minlength=BINS)).sum() / len(labels))


_METRICS: dict[str, Callable[[Labels, Probabilities], float]] = {
    **{name: _from_answers(name) for name in FROM_ANSWERS},
    "roc_auc": _roc_auc,
    "pr_auc": _one_vs_rest(average_precision),
    "log_loss": lambda labels, probabilities: float(row_log_loss(labels, probabilities).mean()),
    "brier": lambda labels, probabilities: float(row_brier(labels, probabilities).mean()),
    "ece": _ece,
}

MEASURED = tuple(_METRICS)
"""Every metric there is: those of the spec, and ECE."""
