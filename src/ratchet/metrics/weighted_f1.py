"""Weighted-F1: the balance of precision and recall, every class counting by its rows."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Floats64, Labels, Probabilities
from ratchet.metrics.class_ratio import F1
from ratchet.metrics.predicted import ClassCounts, PredictedMetric, RowInfluence
from ratchet.statistics.units import Units, variance
from ratchet.statistics.wilson import wilson_of


class WeightedF1(PredictedMetric):
    """The mean over classes of F1, weighted by how many rows a class has."""

    name = "weighted_f1"
    prose = "weighted-F1"
    meaning = "the balance of precision and recall of a class, on average over the classes by their rows"
    method = "wilson-delta"

    def of_counts(self, counts: ClassCounts) -> Floats64:
        weights = counts.support / counts.support.sum(-1, keepdims=True)
        return np.asarray((weights * F1.of(counts)).sum(-1))

    def row_influence(self, counts: ClassCounts) -> RowInfluence:
        # One more row also makes its own class count more: with F1 0.9 and 0.5 and a mean of 0.8, a row of the first
        # class adds 0.9 - 0.8 = 0.1 and one of the second 0.5 - 0.8 = -0.3, whatever is predicted for it.
        weights, ratio = counts.support / counts.support.sum(), F1.of(counts)
        return F1.row_influence(counts, weights, ratio - (weights * ratio).sum())

    def _interval(
        self,
        value: float,
        labels: Labels,
        probabilities: Probabilities,
        level: float,
        seed: int,
        units: Units | None,
    ) -> tuple[float, float]:
        spread = variance(self._influence(labels, probabilities), units)
        return wilson_of(value, spread, len(labels) if units is None else units.count, level)
