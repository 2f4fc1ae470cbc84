"""Recall, precision and F1 of a class: three ratios of the same counts, and how much each row moves a mean of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ratchet.arrays import Floats64, Labels
from ratchet.metrics.predicted import ClassCounts, RowInfluence


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassRatio:
    """``scale * hits / (by_truth * support + by_predicted * predicted)`` of a class."""

    scale: float
    by_truth: float
    by_predicted: float

    def bottom(self, counts: ClassCounts) -> Floats64:
        """(..., classes) what the hits are divided by."""
        return np.asarray(self.by_truth * counts.support + self.by_predicted * counts.predicted)

    def of(self, counts: ClassCounts) -> Floats64:
        """(..., classes) the ratio of each class; 0 for a class never predicted, which is never predicted right."""
        top, bottom = self.scale * counts.hits, self.bottom(counts)
        return np.divide(top, bottom, out=np.zeros(np.broadcast(top, bottom).shape), where=bottom > 0)

    def row_influence(self, counts: ClassCounts, weights: Floats64, shares: Floats64 | None = None) -> RowInfluence:
        """The influence of a row on the mean of the ratio over classes by ``weights`` (classes,).

        ``shares`` (classes,) is what a row of each class adds by changing the weights themselves, if it does.
        """
        bottom, ratio = self.bottom(counts), self.of(counts)
        step = np.divide(weights * counts.support.sum(), bottom, out=np.zeros(len(ratio)), where=bottom > 0)
        share = np.zeros(len(ratio)) if shares is None else shares

        # A ratio top / bottom moves by (d top - ratio * d bottom) / bottom.  Recall 3 / 4 (bottom: true rows only): one
        # more row that is right moves it by (1 - 0.75) / 4, one that is missed by (0 - 0.75) / 4.
        def influence(truth: Labels, predicted: Labels) -> Floats64:
            lost = self.by_truth * (ratio * step)[truth] + self.by_predicted * (ratio * step)[predicted]
            return np.asarray(self.scale * (truth == predicted) * step[truth] - lost + share[truth])

        return influence


RECALL = ClassRatio(scale=1.0, by_truth=1.0, by_predicted=0.0)
PRECISION = ClassRatio(scale=1.0, by_truth=0.0, by_predicted=1.0)
F1 = ClassRatio(scale=2.0, by_truth=1.0, by_predicted=1.0)


def class_f1_influence(each: int, labels: Labels, predicted: Labels) -> Floats64:
    """(rows,) the influences on the F1 of one class; zero where it neither occurs nor is predicted."""
    truth, named = labels == each, predicted == each
    bottom = truth.sum() + named.sum()
    if bottom == 0:
        return np.zeros(len(labels))
    f1 = 2.0 * (truth & named).sum() / bottom
    return np.asarray((2.0 * (truth & named) - f1 * (truth.astype(np.float64) + named)) * len(labels) / bottom)
