"""The Metric: everything that Ratchet knows of a number that says how good a model is."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from ratchet.arrays import Floats64, Hashes, Labels, Probabilities
from ratchet.statistics.measured import FEW, Measured
from ratchet.statistics.units import Units, numbered
from ratchet.words import capital


class Metric(ABC):
    """A metric: its facts, its value on some rows, how much each row has to do with it, and its interval.

    ``labels`` (rows,) are class indices, ``probabilities`` (rows, classes).  A row's predicted class is its most
    probable one, the first of equals.  Promises: the order of the rows does not matter; the same rows and seed give
    the same numbers; low <= value <= high, all within the bounds; what cannot be measured (no rows; ROC-AUC of one
    class) is NaN, never a made-up number.  `ratchet.testing.metrics` checks every one.
    """

    name: ClassVar[str]
    """What specs and documents call it: ``macro_f1``."""
    prose: str
    """What people call it, in a sentence: ``macro-F1``."""
    meaning: ClassVar[str]
    """What it measures, in a line."""
    unit: ClassVar[str] = "share"
    """What one of it is."""
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)
    """Between what it lies."""
    higher_is_better: ClassVar[bool] = True
    predicted_only: ClassVar[bool] = False
    """Whether it sees only which class was predicted, and so is noisy: it changes only where a prediction flips."""
    choosable: ClassVar[bool] = True
    """Whether a spec may choose it to say what better means."""
    method: ClassVar[str]
    """What its interval is made by."""

    def about(self, classes: Sequence[str], positive: int | None = None) -> Metric:
        """The metric as it is said of these classes; ``positive`` is the one of two that matters, where one does."""
        return self

    @property
    def heading(self) -> str:
        """What people call it, at the head of a row."""
        return capital(self.prose)

    def value(self, labels: Labels, probabilities: Probabilities) -> float:
        """The metric on these rows; raises `ValueError` where labels and probabilities are not of the same rows."""
        if len(labels) != len(probabilities):
            raise ValueError(f"{len(labels)} labels for {len(probabilities)} rows of probabilities")
        return self._value(labels, probabilities) if len(labels) else float("nan")

    def influence(self, labels: Labels, probabilities: Probabilities) -> Floats64:
        """(rows,) the influence of each row on the metric; all NaN where it cannot be measured.

        The influence of a row is the derivative of the metric by that row's weight, times the number of rows.
        Influences average to zero, and their sum of squares over n^2 is the variance of the metric: what a bootstrap
        with endless resamples gives to first order (Jaeckel 1972, "The infinitesimal jackknife"; Efron & Tibshirani
        1993, chapter 21), in one pass over the rows.
        """
        # On the accuracy of 4 rows, 3 of them right, a right row has 1 - 0.75 = 0.25 and the wrong one -0.75.  One more
        # right row gives 4 / 5 = 0.75 + 0.25 / 5; the variance is (3 * 0.25^2 + 0.75^2) / 4^2 = 0.75 * 0.25 / 4.
        return self._influence(labels, probabilities) if len(labels) else np.zeros(0)

    def measured(
        self,
        labels: Labels,
        probabilities: Probabilities,
        *,
        level: float = 0.95,
        seed: int = 0,
        units: Hashes | None = None,
    ) -> Measured:
        """The metric on these rows with its interval at ``level``; NaN where it cannot be measured.

        ``units`` (rows,) say which unit of evidence each row belongs to: rows of one are one piece of evidence.  None
        where each row is its own.
        """
        value, known = self.value(labels, probabilities), numbered(units)
        low = high = float("nan")
        approximate = False
        if not math.isnan(value):
            low, high = self._interval(value, labels, probabilities, level, seed, known)
            least, most = self.bounds
            low, high = min(max(low, least), value), max(min(high, most), value)
            approximate = bool(self._approximate(labels, probabilities, known))
        method = self.method if known is None else f"{self.method} by units"
        return Measured(value=value, low=low, high=high, n=len(labels), method=method, approximate=approximate)

    def difference_within(self, low: float, high: float) -> tuple[float, float]:
        """The interval of a difference of two of it, held within what such a difference can be."""
        widest = self.bounds[1] - self.bounds[0]
        return max(low, -widest), min(high, widest)

    def unseen(
        self, difference: float, labels: Labels, ours: Probabilities, theirs: Probabilities
    ) -> tuple[Floats64, Floats64]:
        """The influences on ``difference``, ours above theirs, of rows that chance did not show.

        First of rows, at most one a class, on which only theirs is right, so below zero; then of those on which only
        ours is.  Here one row that moves it as much as any row seen; metrics that know better say so.
        """
        apart = np.abs(self.influence(labels, ours) - self.influence(labels, theirs))
        worst = float(apart.max(initial=0.0))
        return np.array([-worst]), np.array([worst])

    @abstractmethod
    def _value(self, labels: Labels, probabilities: Probabilities) -> float:
        """The metric on some rows, at least one."""

    @abstractmethod
    def _influence(self, labels: Labels, probabilities: Probabilities) -> Floats64:
        """The influence of each row, of at least one."""

    @abstractmethod
    def _interval(
        self,
        value: float,
        labels: Labels,
        probabilities: Probabilities,
        level: float,
        seed: int,
        units: Units | None,
    ) -> tuple[float, float]:
        """Where the true value lies with probability ``level``; ``value`` is the metric on these rows, and finite."""

    def _approximate(self, labels: Labels, probabilities: Probabilities, units: Units | None) -> bool:
        """Whether the rows are too few for the interval to be held to its level."""
        return (len(labels) if units is None else units.count) < FEW
