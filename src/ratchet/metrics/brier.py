"""Brier score: how far the probabilities lie from the truth."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Floats64, Labels, Probabilities
from ratchet.metrics.row_mean import RowMeanMetric


class Brier(RowMeanMetric):
    """The squared distance between the probabilities and the truth, halved for two classes (Brier 1950)."""

    name = "brier"
    prose = "Brier score"
    meaning = "the squared distance of the probabilities from the truth; the first choice where probabilities matter"
    unit = "squared distance"
    bounds = (0.0, 2.0)

    def most(self, classes: int) -> float:
        return 1.0 if classes == 2 else 2.0

    def of_rows(self, labels: Labels, probabilities: Probabilities) -> Floats64:
        # |p - e|^2 for a one-hot truth e is |p|^2 - 2 p[true] + 1, without building e: for p = [0.7, 0.3] and class 0,
        # 0.58 - 1.4 + 1 = 0.18 = 0.3^2 + 0.3^2.
        true = probabilities[np.arange(len(labels)), labels]
        distance = np.einsum("ij,ij->i", probabilities, probabilities) - 2 * true + 1
        return np.asarray(distance / 2 if probabilities.shape[1] == 2 else distance)
