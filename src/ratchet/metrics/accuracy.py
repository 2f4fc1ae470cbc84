"""Accuracy: how many rows are predicted right."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Floats64, Labels, Probabilities
from ratchet.metrics.predicted import ClassCounts, PredictedMetric, RowInfluence, most_probable
from ratchet.statistics.shares import share_of
from ratchet.statistics.units import Units


class Accuracy(PredictedMetric):
    """The share of rows whose most probable class is their own."""

    name = "accuracy"
    prose = "accuracy"
    meaning = "the share of rows that are predicted right; a large class can hide all others"
    method = "wilson"

    def of_counts(self, counts: ClassCounts) -> Floats64:
        return np.asarray(counts.hits.sum(-1) / counts.support.sum(-1))

    def row_influence(self, counts: ClassCounts) -> RowInfluence:
        right = counts.hits.sum() / counts.support.sum()
        return lambda truth, predicted: np.asarray((truth == predicted) - right)

    def _interval(
        self,
        value: float,
        labels: Labels,
        probabilities: Probabilities,
        level: float,
        seed: int,
        units: Units | None,
    ) -> tuple[float, float]:
        found = share_of(labels == most_probable(probabilities), units, level)
        return found.low, found.high
