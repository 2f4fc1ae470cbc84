"""How much each row moves a metric: the one tool behind intervals, paired tests and sample-size estimates.

The influence of a row is the derivative of the metric by that row's weight, times the number of rows.  Influences
average to zero, and their sum of squares over n^2 is the variance of the metric: what a bootstrap with endless
resamples gives to first order (Jaeckel 1972, "The infinitesimal jackknife"; Efron & Tibshirani 1993, chapter 21), in
one pass over the rows.  For ROC-AUC they are the components of DeLong, DeLong & Clarke-Pearson (1988).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ratchet.arrays import Bools, Floats64, Labels, Probabilities
from ratchet.evaluation import metrics


def influence(metric: str, labels: Labels, probabilities: Probabilities) -> Floats64:
    """(rows,) the influence of each row on the metric; all NaN where the metric cannot be measured.

    ``labels`` (rows,), ``probabilities`` (rows, classes), as for `metrics.value`, which it is the derivative of.
    """
    if not len(labels):
        return np.zeros(0)
    if metric in metrics.FROM_ANSWERS:
        return from_answers(metric, labels, metrics.answers(probabilities), probabilities.shape[1])
    return _OTHERS[metric](labels, probabilities)


def from_answers(metric: str, labels: Labels, answered: Labels, classes: int) -> Floats64:
    """The influences on a metric that sees only which class was answered."""
    return of_answer(metric, labels, answered, classes)(labels, answered)


def of_answer(metric: str, labels: Labels, answered: Labels, classes: int) -> Callable[[Labels, Labels], Floats64]:
    """The influence, on these rows' metric, of any row by its true class and the class answered, seen or not."""
    rows = len(labels)
    right = labels == answered
    if metric == "accuracy":
        share = right.mean()
        return lambda truth, said: np.asarray((truth == said) - share)
    support = np.bincount(labels, minlength=classes).astype(np.float64)
    counts = np.bincount(answered, minlength=classes).astype(np.float64)
    hits = np.bincount(labels[right], minlength=classes).astype(np.float64)
    by_truth = 0.0 if metric == "macro_precision" else 1.0
    by_answer = 0.0 if metric == "macro_recall" else 1.0
    scale = 2.0 if metric.endswith("f1") else 1.0
    bottom = by_truth * support + by_answer * counts
    ratio = np.divide(scale * hits, bottom, out=np.zeros(classes), where=bottom > 0)
    present = support > 0
    weight = support / rows if metric == "weighted_f1" else present / present.sum()
    step = np.divide(weight * rows, bottom, out=np.zeros(classes), where=bottom > 0)
    level = ratio - (weight * ratio).sum() if metric == "weighted_f1" else np.zeros(classes)

    def moved(truth: Labels, said: Labels) -> Floats64:
        lost = by_truth * (ratio * step)[truth] + by_answer * (ratio * step)[said]
        return np.asarray(scale * (truth == said) * step[truth] - lost + level[truth])

    return moved


def of_class_f1(each: int, labels: Labels, answered: Labels) -> Floats64:
    """The influences on the F1 of one class; zero where it neither occurs nor is answered."""
    truth, said = labels == each, answered == each
    bottom = truth.sum() + said.sum()
    if bottom == 0:
        return np.zeros(len(labels))
    f1 = 2.0 * (truth & said).sum() / bottom
    return np.asarray((2.0 * (truth & said) - f1 * (truth.astype(np.float64) + said)) * len(labels) / bottom)


def _one_vs_rest(
    area: Callable[[Bools, Floats64], Floats64],
) -> Callable[[Labels, Probabilities], Floats64]:
    def measure(labels: Labels, probabilities: Probabilities) -> Floats64:
        present = np.unique(labels)
        total = np.zeros(len(labels))
        for each in present:
            total += area(labels == each, np.ascontiguousarray(probabilities[:, each]))
        return total / len(present)

    return measure


def of_auc(inside: Bools, scores: Floats64) -> Floats64:
    """The influences on one ROC-AUC, ``inside`` (rows,) being the positives (DeLong et al. 1988, equation 5)."""
    rows, ones = len(inside), int(inside.sum())
    if ones in (0, rows):
        return np.full(rows, np.nan)
    right, wrong = np.sort(scores[inside]), np.sort(scores[~inside])
    won = _ranks(wrong, scores[inside]) / len(wrong)
    lost = 1.0 - _ranks(right, scores[~inside]) / len(right)
    moved = np.empty(rows)
    moved[inside] = (won - won.mean()) * rows / ones
    moved[~inside] = (lost - lost.mean()) * rows / (rows - ones)
    return moved


def _ranks(below: Floats64, scores: Floats64) -> Floats64:
    """How many of the sorted ``below`` lie below each score, ties half."""
    return np.asarray((np.searchsorted(below, scores, "left") + np.searchsorted(below, scores, "right")) / 2)


def _of_average_precision(inside: Bools, scores: Floats64) -> Floats64:
    """A positive counts by its own precision; every row counts in the precision of each positive at or below it."""
    rows, ones = len(inside), int(inside.sum())
    right, wrong = np.sort(scores[inside]), np.sort(scores[~inside])
    hits = ones - np.searchsorted(right, right, "left")
    above = hits + (rows - ones) - np.searchsorted(wrong, right, "left")
    precision = hits / above
    up = np.concatenate([[0.0], np.cumsum(1 / above)])
    down = np.concatenate([[0.0], np.cumsum(precision / above)])
    upto = np.searchsorted(right, scores, "right")
    moved = np.where(inside, up[upto], 0.0) - down[upto]
    own = precision[np.searchsorted(right, scores[inside], "left")]
    moved[inside] += own - precision.mean()
    return np.asarray(moved * (rows / ones))


def _of_roc_auc(labels: Labels, probabilities: Probabilities) -> Floats64:
    if probabilities.shape[1] == 2:
        return of_auc(labels == 1, np.ascontiguousarray(probabilities[:, 1]))
    return _one_vs_rest(of_auc)(labels, probabilities)


def _of_mean(row: Callable[[Labels, Probabilities], Floats64]) -> Callable[[Labels, Probabilities], Floats64]:
    def measure(labels: Labels, probabilities: Probabilities) -> Floats64:
        values = row(labels, probabilities)
        return np.asarray(values - values.mean())

    return measure


def _of_ece(labels: Labels, probabilities: Probabilities) -> Floats64:
    confidence = probabilities.max(axis=1)
    excess = confidence - (metrics.answers(probabilities) == labels)
    bins = metrics.confidence_bins(confidence)
    signs = np.sign(np.bincount(bins, weights=excess, minlength=metrics.BINS))
    moved = signs[bins] * excess
    return np.asarray(moved - moved.mean())


_OTHERS: dict[str, Callable[[Labels, Probabilities], Floats64]] = {
    "roc_auc": _of_roc_auc,
    "pr_auc": _one_vs_rest(_of_average_precision),
    "log_loss": _of_mean(metrics.row_log_loss),
    "brier": _of_mean(metrics.row_brier),
    "ece": _of_ece,
}
