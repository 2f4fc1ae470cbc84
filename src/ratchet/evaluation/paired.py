"""Two models on the same rows: how far apart they are, and whether that can be chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ratchet.evaluation import metrics
from ratchet.evaluation.influence import influence
from ratchet.evaluation.intervals.mean import mean_interval, upper_tail
from ratchet.evaluation.metrics import Floats
from ratchet.models.family import Labels, Probabilities


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Difference:
    """How much better one model is than another: above zero is better, whichever way the metric runs."""

    value: float
    moved: Floats
    """(rows,) what each row has to do with it: influences, which average to zero."""

    def p_value(self, margin: float = 0.0) -> float:
        """The probability of a difference this good were the true one ``-margin`` (0.01: a point worse)."""
        return 1.0 if np.isnan(self.value) else upper_tail(self.value + margin, self.moved)

    def interval(self, level: float) -> tuple[float, float]:
        """Where the true difference lies with probability ``level``."""
        return mean_interval(self.value, self.moved, level)

    @property
    def error(self) -> float:
        """The standard error of the difference."""
        return float(np.sqrt((self.moved**2).sum())) / len(self.moved)


def difference(metric: str, labels: Labels, ours: Probabilities, theirs: Probabilities) -> Difference:
    """How much better ``ours`` is than ``theirs`` by ``metric`` on the rows both answered (each (rows, classes))."""
    sign = 1.0 if metrics.higher_is_better(metric) else -1.0
    value = metrics.value(metric, labels, ours) - metrics.value(metric, labels, theirs)
    return Difference(
        value=sign * value, moved=sign * (influence(metric, labels, ours) - influence(metric, labels, theirs))
    )
