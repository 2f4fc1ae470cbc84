"""Macro averages: the mean of a ratio over the classes that have rows, every class counting the same."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ratchet.arrays import Floats64, Ints, Labels, Probabilities
from ratchet.metrics.class_ratio import ClassRatio
from ratchet.metrics.predicted import ClassCounts, PredictedMetric, RowInfluence, counted, most_probable
from ratchet.statistics.measured import FEW_OF_CLASS
from ratchet.statistics.mover import mover
from ratchet.statistics.units import Units, effective_rows, rows_or_units, variance
from ratchet.statistics.wilson import wilson, wilson_f1, wilson_of


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ClassParts:
    """What a macro average is made of, each (classes,): value, interval, variance, and the rows it rests on."""

    values: Floats64
    low: Floats64
    high: Floats64
    rows: Floats64
    variances: Floats64
    bias: float = 0.0
    """What the mean is expected to lie above the truth."""

    def widened(self) -> tuple[Floats64, Floats64]:
        """The ends with arms for a mean of many: the variance of few rows comes out small."""
        # Each arm is the square root of rows / (rows - 1) longer: 1.41 times for 2 rows, 1.05 for 10; and for a single
        # row, for which that has no end, the square root of 1.5.
        factor = np.sqrt(np.where(self.rows > 1, self.rows / np.maximum(self.rows - 1, 0.5), 1.5))
        return self.values - (self.values - self.low) * factor, self.values + (self.high - self.values) * factor


def share_parts(shares: Floats64, rows: Floats64, level: float) -> ClassParts:
    """Recall or precision of each class, a share of its ``rows`` (classes,), with Wilson's interval."""
    low, high = wilson(shares * rows, rows, level)
    variances = shares * (1 - shares) / np.maximum(rows, 1)
    return ClassParts(values=shares, low=low, high=high, rows=rows, variances=variances)


def f1_parts(shares: Floats64, union: Floats64, level: float) -> ClassParts:
    """F1 of each class: of ``union`` rows (classes,) that are of it or predicted as it, ``shares`` are both.

    F1 = 2J / (1 + J) is concave in the share J of hits, so that the mean of many small classes lies below the truth;
    the second term of its series is the bias.
    """
    low, high = wilson_f1(shares * union, union, level)
    spread = shares * (1 - shares) / np.maximum(union, 1)
    # The slope of 2J / (1 + J) is 2 / (1 + J)^2: at J = 0.5 it is 0.89, so a variance of J of 0.01 is 0.0079 of F1.
    variances = spread * (2 / (1 + shares) ** 2) ** 2
    bias = -float((2 * shares * (1 - shares) / ((1 + shares) ** 3 * np.maximum(union, 1))).mean())
    return ClassParts(values=2 * shares / (1 + shares), low=low, high=high, rows=union, variances=variances, bias=bias)


class MacroMetric(PredictedMetric):
    """The mean of ``ratio`` over the classes that have rows: one without a true row gives nothing to measure."""

    method = "wilson-mover"
    ratio: ClassVar[ClassRatio]

    def of_counts(self, counts: ClassCounts) -> Floats64:
        return np.asarray(self.ratio.of(counts)[..., counts.present].mean(-1))

    def row_influence(self, counts: ClassCounts) -> RowInfluence:
        return self.ratio.row_influence(counts, counts.present / counts.present.sum())

    @abstractmethod
    def _rests_on(self, labels: Labels, predicted: Labels) -> tuple[Ints, Labels]:
        """(pairs,) which row a class's ratio rests on, and (pairs,) the class."""

    @abstractmethod
    def _parts(self, shares: Floats64, rows: Floats64, level: float) -> ClassParts:
        """Each class's value with its interval, from the share of hits among the ``rows`` it rests on."""

    def _interval(
        self,
        value: float,
        labels: Labels,
        probabilities: Probabilities,
        level: float,
        seed: int,
        units: Units | None,
    ) -> tuple[float, float]:
        """Each class's Wilson interval, put together by `mover`, and the mean's own as if it were one share.

        Simulation shows the first short on the side of the nearer end of the range, where classes without a mistake
        have no arm, and the second where a few rows of one class decide: what either holds plausible is.
        """
        predicted, classes = most_probable(probabilities), probabilities.shape[1]
        at, owner = self._rests_on(labels, predicted)
        hit = (labels == predicted)[at].astype(np.float64)
        rows = np.bincount(owner, minlength=classes).astype(np.float64)
        hits = np.bincount(owner, weights=hit, minlength=classes)
        shares = np.divide(hits, rows, out=np.zeros(classes), where=rows > 0)
        if units is not None:
            pairs = Units(of=units.of[at], count=units.count)
            rows = effective_rows(hit - shares[owner], pairs, owner.astype(np.int64), classes, level)
        counts = counted(labels, predicted, classes)
        parts = self._parts(shares[counts.present], rows[counts.present], level)
        low, high = parts.widened()
        spread = variance(self.row_influence(counts)(labels, predicted), units)
        of_parts = mover(parts.values, low, high, parts.variances, spread, parts.bias)
        of_mean = wilson_of(value, spread, float(rows.sum()), level)
        return min(of_parts[0], of_mean[0]), max(of_parts[1], of_mean[1])

    def _approximate(self, labels: Labels, probabilities: Probabilities, units: Units | None) -> bool:
        """Where a class has no row, or fewer than `FEW_OF_CLASS` that its ratio rests on, or units of them."""
        at, owner = self._rests_on(labels, most_probable(probabilities))
        least = rows_or_units(owner, at, units, probabilities.shape[1]).min()
        every = bool(np.bincount(labels, minlength=probabilities.shape[1]).all())
        return not every or least < FEW_OF_CLASS or super()._approximate(labels, probabilities, units)
