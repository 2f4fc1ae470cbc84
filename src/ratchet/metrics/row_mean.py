"""Losses: means of a number that every row has by itself."""

from __future__ import annotations

import math
from abc import abstractmethod

import numpy as np

from ratchet.arrays import Floats64, Labels, Probabilities
from ratchet.metrics.metric import Metric
from ratchet.statistics.hall import hall
from ratchet.statistics.measured import FEW_THAT_COUNT
from ratchet.statistics.units import Units, freedom


class RowMeanMetric(Metric):
    """The mean loss of the rows: less is better, and 0 is perfect."""

    higher_is_better = False
    method = "hall-t"

    @abstractmethod
    def of_rows(self, labels: Labels, probabilities: Probabilities) -> Floats64:
        """(rows,) the loss of each row."""

    def most(self, classes: int) -> float:
        """What a row can cost at most, where there are so many classes."""
        return self.bounds[1]

    def _value(self, labels: Labels, probabilities: Probabilities) -> float:
        return float(self.of_rows(labels, probabilities).mean())

    def _influence(self, labels: Labels, probabilities: Probabilities) -> Floats64:
        losses = self.of_rows(labels, probabilities)
        return np.asarray(losses - losses.mean())

    def unseen(
        self, difference: float, labels: Labels, ours: Probabilities, theirs: Probabilities
    ) -> tuple[Floats64, Floats64]:
        """A row that costs one side all and the other nothing; for losses without end as much as any row seen."""
        worst = self.most(ours.shape[1])
        if not math.isfinite(worst):
            worst = float(np.abs(self.of_rows(labels, ours) - self.of_rows(labels, theirs)).max(initial=0.0))
        return np.array([-worst - difference]), np.array([worst - difference])

    def _approximate(self, labels: Labels, probabilities: Probabilities, units: Units | None) -> bool:
        """Where few rows really count: a handful carries all of the loss."""
        influences = self._influence(labels, probabilities)
        counting = freedom(influences if units is None else units.summed(influences))
        return counting < FEW_THAT_COUNT or super()._approximate(labels, probabilities, units)

    def _interval(
        self,
        value: float,
        labels: Labels,
        probabilities: Probabilities,
        level: float,
        seed: int,
        units: Units | None,
    ) -> tuple[float, float]:
        influences = self._influence(labels, probabilities)
        return hall(value, influences if units is None else units.summed(influences), level)
