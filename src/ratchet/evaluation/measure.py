"""A metric with its uncertainty: which interval goes with which metric."""

from __future__ import annotations

import math

import numpy as np

from ratchet import clock
from ratchet.arrays import Labels, Probabilities
from ratchet.evaluation import metrics
from ratchet.evaluation.influence import influence
from ratchet.evaluation.intervals.answers import macro_interval
from ratchet.evaluation.intervals.auc import auc_interval
from ratchet.evaluation.intervals.bootstrap import bootstrap_interval
from ratchet.evaluation.intervals.bounded import logit_interval
from ratchet.evaluation.intervals.ece import ece_interval
from ratchet.evaluation.intervals.mean import mean_interval
from ratchet.evaluation.intervals.wilson import wilson, wilson_f1
from ratchet.evaluation.scorecard import Measured

METHODS = {
    "accuracy": "wilson",
    "macro_f1": "wilson-mover",
    "macro_precision": "wilson-mover",
    "macro_recall": "wilson-mover",
    "weighted_f1": "bootstrap",
    "roc_auc": "newcombe-delong",
    "pr_auc": "logit-delta",
    "log_loss": "hall-t",
    "brier": "hall-t",
    "ece": "bin-bootstrap",
}


def measured(
    metric: str, labels: Labels, probabilities: Probabilities, *, level: float = 0.95, seed: int = 0
) -> Measured:
    """The metric on these rows with its interval at ``level``; NaN where it cannot be measured.

    Promises: the same rows and seed give the same numbers; low <= value <= high.
    """
    value = metrics.value(metric, labels, probabilities)
    rows = len(labels)
    low = high = float("nan")
    if rows and not math.isnan(value):
        low, high = _interval(metric, value, labels, probabilities, level, seed)
        low, high = min(low, value), max(high, value)
    return Measured(value=value, low=low, high=high, n=rows, method=METHODS[metric])


def class_measures(labels: Labels, answered: Labels, each: int, level: float = 0.95) -> dict[str, Measured]:
    """Precision, recall, F1 and support of one class; ``n`` is the rows each is measured on."""
    truth, said = labels == each, answered == each
    both, union = float((truth & said).sum()), float((truth | said).sum())
    recall_rows, precision_rows = float(truth.sum()), float(said.sum())
    return {
        "precision": _share(both, precision_rows, level),
        "recall": _share(both, recall_rows, level),
        "f1": _f1(both, union, level),
        "support": Measured(value=recall_rows, low=recall_rows, high=recall_rows, n=len(labels), method="count"),
    }


def _share(hits: float, rows: float, level: float) -> Measured:
    low, high = wilson(np.array(hits), np.array(rows), level)
    return Measured(value=hits / rows if rows else 0.0, low=float(low), high=float(high), n=int(rows), method="wilson")


def _f1(hits: float, union: float, level: float) -> Measured:
    low, high = wilson_f1(np.array(hits), np.array(union), level)
    share = hits / union if union else 0.0
    return Measured(value=2 * share / (1 + share), low=float(low), high=float(high), n=int(union), method="wilson")


def _interval(
    metric: str, value: float, labels: Labels, probabilities: Probabilities, level: float, seed: int
) -> tuple[float, float]:
    classes = probabilities.shape[1]
    if metric == "roc_auc":
        return auc_interval(labels, probabilities, level)
    if metric == "ece":
        return ece_interval(labels, probabilities, clock.rng("ece", seed), level)
    if metric == "pr_auc":
        return logit_interval(value, influence(metric, labels, probabilities), level)
    if metric in ("log_loss", "brier"):
        low, high = mean_interval(value, influence(metric, labels, probabilities), level)
        return max(low, 0.0), high
    answered = metrics.answers(probabilities)
    if metric == "accuracy":
        low, high = (float(end) for end in wilson(np.array((labels == answered).sum()), np.array(len(labels)), level))
        return low, high
    if metric == "weighted_f1":
        return bootstrap_interval(metric, metrics.confusion(labels, answered, classes), clock.rng(metric, seed), level)
    return macro_interval(metric, labels, answered, classes, level)
