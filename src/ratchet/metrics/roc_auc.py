"""ROC-AUC: how well rows of a class are ranked before the others."""

from __future__ import annotations

import math

import numpy as np

from ratchet.arrays import Bools, Floats64, Labels, Probabilities
from ratchet.metrics.one_vs_rest import OneVsRestMetric
from ratchet.statistics.measured import FEW_OF_CLASS, FEW_THAT_COUNT
from ratchet.statistics.mover import mover
from ratchet.statistics.newcombe import newcombe
from ratchet.statistics.ranks import auc, placements
from ratchet.statistics.units import Units, freedom, rows_or_units, variance
from ratchet.statistics.wilson import wilson_of


class RocAuc(OneVsRestMetric):
    """How often a row of a class is given more of it than a row of another, ties half.

    Of two classes it is the second's (the first's is the same); of more the mean, one against the rest.
    """

    name = "roc_auc"
    prose = "ROC-AUC"
    meaning = "how often a row of a class is ranked before a row of another; 0.5 is chance"
    method = "newcombe-delong"

    def area(self, positives: Floats64, negatives: Floats64) -> float:
        return auc(positives, negatives)

    def area_influence(self, inside: Bools, scores: Floats64) -> Floats64:
        """The components of DeLong, DeLong & Clarke-Pearson (1988, equation 5); NaN where one side has no rows."""
        rows, ones = len(inside), int(inside.sum())
        if ones in (0, rows):
            return np.full(rows, np.nan)
        # A positive counts by the share of negatives it lies above, a negative by the share of positives above it:
        # with positives 0.9, 0.4 and negative 0.5, 0.9 wins 1 of 1, 0.4 wins 0 of 1, and 0.5 loses to 1 of 2.
        right, wrong = np.sort(scores[inside]), np.sort(scores[~inside])
        won = placements(wrong, scores[inside]) / len(wrong)
        lost = 1.0 - placements(right, scores[~inside]) / len(right)
        influences = np.empty(rows)
        influences[inside] = (won - won.mean()) * rows / ones
        influences[~inside] = (lost - lost.mean()) * rows / (rows - ones)
        return influences

    def _classes(self, labels: Labels, probabilities: Probabilities) -> list[int]:
        return [1] if probabilities.shape[1] == 2 else super()._classes(labels, probabilities)

    def _approximate(self, labels: Labels, probabilities: Probabilities, units: Units | None) -> bool:
        """Where a class has fewer than `FEW_OF_CLASS` rows or units of them, or few rows really count."""
        least = rows_or_units(labels, np.arange(len(labels)), units, probabilities.shape[1]).min()
        influences = self._influence(labels, probabilities)
        counting = freedom(influences if units is None else units.summed(influences))
        few = least < FEW_OF_CLASS or counting < FEW_THAT_COUNT or math.isinf(counting)
        return few or super()._approximate(labels, probabilities, units)

    def _interval(
        self,
        value: float,
        labels: Labels,
        probabilities: Probabilities,
        level: float,
        seed: int,
        units: Units | None,
    ) -> tuple[float, float]:
        """Newcombe's for one area; for the mean of several each one's, put together by `mover`."""
        pairs = list(self.one_by_one(labels, probabilities))
        total = np.zeros(len(labels))
        values, lows, highs, variances = (np.empty(len(pairs)) for _ in range(4))
        for at, (inside, scores) in enumerate(pairs):
            influences = self.area_influence(inside, scores)
            values[at] = self.area(scores[inside], scores[~inside])
            variances[at] = variance(influences, units)
            lows[at], highs[at] = newcombe(float(values[at]), inside, influences, level, units)
            total += influences / len(pairs)
        if len(pairs) == 1:
            return float(lows[0]), float(highs[0])
        spread = variance(total, units)
        of_parts = mover(values, lows, highs, variances, spread)
        of_mean = wilson_of(value, spread, len(labels), level)
        return min(of_parts[0], of_mean[0]), max(of_parts[1], of_mean[1])
