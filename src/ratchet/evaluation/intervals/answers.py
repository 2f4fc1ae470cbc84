"""Accuracy, recall, precision, F1: intervals of what depends on the answered classes only."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Floats64, Labels
from ratchet.evaluation.influence import from_answers
from ratchet.evaluation.intervals.macro import combine
from ratchet.evaluation.intervals.wilson import wilson, wilson_f1


def macro_interval(
    metric: str, labels: Labels, answered: Labels, classes: int, level: float = 0.95
) -> tuple[float, float]:
    """The interval of macro-averaged recall, precision or F1 over the classes that have rows.

    Each class's Wilson interval, combined by `macro.combine`.  F1 is concave in the share it is made from, so that
    the mean of many small classes lies below the truth; the second term of its series takes that off.
    """
    right = labels == answered
    support = np.bincount(labels, minlength=classes).astype(np.float64)
    counts = np.bincount(answered, minlength=classes).astype(np.float64)
    hits = np.bincount(labels[right], minlength=classes).astype(np.float64)
    present = support > 0
    support, counts, hits = support[present], counts[present], hits[present]
    rows = {"macro_recall": support, "macro_precision": counts, "macro_f1": support + counts - hits}[metric]
    share = np.divide(hits, rows, out=np.zeros_like(hits), where=rows > 0)
    spread = share * (1 - share) / np.maximum(rows, 1)
    moved = from_answers(metric, labels, answered, classes)
    variance = float((moved**2).sum()) / len(labels) ** 2
    if metric != "macro_f1":
        low, high = _widened(share, *wilson(hits, rows, level), rows)
        return combine(share, low, high, spread, variance)
    values = 2 * share / (1 + share)
    low, high = _widened(values, *wilson_f1(hits, rows, level), rows)
    bias = -float((2 * share * (1 - share) / ((1 + share) ** 3 * np.maximum(rows, 1))).mean())
    return combine(values, low, high, spread * (2 / (1 + share) ** 2) ** 2, variance, bias)


def _widened(values: Floats64, low: Floats64, high: Floats64, rows: Floats64) -> tuple[Floats64, Floats64]:
    """Arms for a mean of many: the square root of rows / (rows - 1) longer: a variance of few rows comes out small."""
    factor = np.sqrt(np.where(rows > 1, rows / np.maximum(rows - 1, 0.5), 1.5))
    return values - (values - low) * factor, values + (high - values) * factor
