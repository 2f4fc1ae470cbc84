"""Whether confidence can be believed: the reliability curve, and what answering only when sure would bring."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Labels, Probabilities
from ratchet.evaluation import metrics
from ratchet.evaluation.intervals.wilson import wilson
from ratchet.evaluation.scorecard import Measured, ReliabilityBin, Threshold

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)


def reliability(labels: Labels, probabilities: Probabilities) -> tuple[ReliabilityBin, ...]:
    """The curve of accuracy against confidence, over the bins of `metrics.confidence_bins` that have rows."""
    confidence = probabilities.max(axis=1)
    right = metrics.answers(probabilities) == labels
    bins = metrics.confidence_bins(confidence)
    curve = []
    for each in np.unique(bins):
        inside = bins == each
        curve.append(
            ReliabilityBin(
                low=float(each) / metrics.BINS,
                high=float(each + 1) / metrics.BINS,
                rows=int(inside.sum()),
                confidence=float(confidence[inside].mean()),
                accuracy=_share(int(right[inside].sum()), int(inside.sum())),
            )
        )
    return tuple(curve)


def thresholds(labels: Labels, probabilities: Probabilities) -> tuple[Threshold, ...]:
    """Share answered and accuracy of those answers, for each confidence of `THRESHOLDS` that some row reaches."""
    confidence = probabilities.max(axis=1)
    right = metrics.answers(probabilities) == labels
    table = []
    for each in THRESHOLDS:
        sure = confidence >= each
        answered = int(sure.sum())
        if not answered:
            break
        table.append(
            Threshold(
                confidence=each,
                answered=_share(answered, len(labels)),
                accuracy=_share(int(right[sure].sum()), answered),
            )
        )
    return tuple(table)


def _share(hits: int, rows: int) -> Measured:
    low, high = wilson(np.array(float(hits)), np.array(float(rows)))
    return Measured(value=hits / rows, low=float(low), high=float(high), n=rows, method="wilson")
