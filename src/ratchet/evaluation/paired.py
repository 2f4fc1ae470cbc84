"""Two models on the same rows: how far apart they are, and whether that can be chance.

The test is the paired bootstrap in the limit of endless resamples: the difference over its standard error, which
comes from the influence of each row (`ratchet.metrics.metric`).  Two things keep it honest where few rows decide, as
simulation shows a plain bootstrap is not.  Student's t with as many degrees of freedom as there are rows that really
count ((sum of squares)^2 / sum of fourth powers), so that ten rows are treated as ten, however many agree beside
them.  And in every class a quarter of a row is taken to have been seen that speaks the other way (in the spirit of
Agresti & Min 2005, "Simple improved confidence intervals for comparing matched proportions"), so that a class in
which chance showed no such row is not called certain.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ratchet.arrays import Floats64, Hashes, Ints, Labels, Probabilities
from ratchet.metrics.class_ratio import class_f1_influence
from ratchet.metrics.metric import Metric

_WEIGHT = 0.25
"""Of the row a class that was not seen.  Chosen by simulation: docs/evidence.md."""
_ENDLESS = 1e9
Groups = Ints


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Difference:
    """How much better one model is than another: above zero is better, whichever way the metric runs."""

    value: float
    influences: Floats64
    """(rows,) of each row, or group of rows; they average to zero."""
    against: Floats64
    """(any,) the influences of rows not seen that would speak against ours, at most one a class."""
    in_favour: Floats64
    """(any,) the influences of rows not seen that would speak for ours."""

    @property
    def error(self) -> float:
        """The standard error, in the direction that doubts ours."""
        # Of 100 rows 10 are predicted right by one side only: their influences on the difference in accuracy are about
        # 1 or -1, so the error is sqrt(10) / 100, and one row not seen, of influence -1, makes it sqrt(10.25) / 100.
        squares = float((self.influences**2).sum()) + _WEIGHT * float((self.against**2).sum())
        return math.sqrt(squares) / max(len(self.influences), 1)

    @property
    def freedom(self) -> float:
        """How many rows really count."""
        # Ten rows of influence 1 and any number of 0 give 10^2 / 10 = 10; one of 3 and nine of 1 give 18^2 / 90 = 3.6.
        squares = self.influences * self.influences
        second, fourth = float(squares.sum()), float(squares @ squares)
        return max(second**2 / fourth, 1.0) if fourth > 0 else _ENDLESS

    def p_value(self, margin: float = 0.0) -> float:
        """The probability of a difference this good were the true one ``-margin`` (0.01: a point worse)."""
        from scipy.special import stdtr

        if math.isnan(self.value) or self.error == 0:
            return 1.0
        return float(stdtr(self.freedom, -(self.value + margin) / self.error))

    def interval(self, level: float) -> tuple[float, float]:
        """Where the true difference lies with probability ``level``."""
        from scipy.special import stdtrit

        reach = float(stdtrit(self.freedom, 0.5 + level / 2))
        return self.value - reach * self.error, self.value + reach * self.turned().error

    def grouped(self, groups: Groups | None) -> Difference:
        """The same with rows of one group (rows,) counted as one: copies of a row are no independent evidence."""
        if groups is None:
            return self
        count = int(groups.max()) + 1 if len(groups) else 0
        scale = count / max(len(groups), 1)
        # Influences are per row times the number of rows, so a group's is their sum, scaled to the number of groups:
        # rows of influence 2, 2 and -4, the first two copies, become groups of 4 * 2 / 3 and -4 * 2 / 3.
        summed = np.bincount(groups, weights=self.influences, minlength=count) * scale
        return Difference(
            value=self.value,
            influences=np.asarray(summed, dtype=np.float64),
            against=self.against * scale,
            in_favour=self.in_favour * scale,
        )

    def turned(self) -> Difference:
        """The same from the other side: how much better theirs is."""
        return Difference(
            value=-self.value, influences=-self.influences, against=self.in_favour, in_favour=self.against
        )


def copies(ids: Hashes | None) -> Groups | None:
    """(rows,) the group of rows with equal ids that each row is in; None where every row is alone."""
    if ids is None:
        return None
    found, groups = np.unique(ids, return_inverse=True)
    return None if len(found) == len(ids) else groups.astype(np.int64)


def difference(metric: Metric, labels: Labels, ours: Probabilities, theirs: Probabilities) -> Difference:
    """How much better ``ours`` is than ``theirs`` by ``metric`` on the same rows (each (rows, classes))."""
    sign = 1.0 if metric.higher_is_better else -1.0
    value = sign * (metric.value(labels, ours) - metric.value(labels, theirs))
    influences = sign * (metric.influence(labels, ours) - metric.influence(labels, theirs))
    against, in_favour = metric.unseen(value, labels, ours, theirs)
    return Difference(value=value, influences=influences, against=against, in_favour=in_favour)


def class_difference(each: int, labels: Labels, ours: Labels, theirs: Labels) -> Difference:
    """How much better the F1 of one class is, from the predicted classes (rows,) of both."""
    truth = labels == each
    values, right, wrong = [], [], []
    # Of F1 = 2 hits / (true + predicted), 0.8 from 8 / 10, one more row of the class adds (2 - 2 * 0.8) / 10 if it is
    # predicted right, for both counts below grow, and takes 0.8 / 10 off if it is not.
    for predicted in (ours, theirs):
        bottom = max(float(truth.sum() + (predicted == each).sum()), 1.0)
        f1 = 2 * float((truth & (predicted == each)).sum()) / bottom
        values.append(f1)
        right.append((2 - 2 * f1) * len(labels) / bottom)
        wrong.append(-f1 * len(labels) / bottom)
    return Difference(
        value=values[0] - values[1],
        influences=class_f1_influence(each, labels, ours) - class_f1_influence(each, labels, theirs),
        against=np.array([wrong[0] - right[1]]),
        in_favour=np.array([right[0] - wrong[1]]),
    )
