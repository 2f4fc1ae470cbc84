"""PR-AUC: how pure the rows are that are ranked first for a class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ratchet.arrays import Bools, Floats64, Labels, Probabilities
from ratchet.metrics.one_vs_rest import OneVsRestMetric
from ratchet.statistics.measured import FEW_OF_CLASS
from ratchet.statistics.mover import mover
from ratchet.statistics.units import Units, variance
from ratchet.statistics.wilson import wilson_of

_LENT = 4.0
"""Positives whose variance is taken to be a share's."""
_LOST = 2.0
"""Positives that an area must fall short of 1 by, for more than an approximate interval."""


class PrAuc(OneVsRestMetric):
    """The precision at each row of a class, going down its ranking, on average (average precision).

    Of two classes it is that of the positive one: the one given, else the rarer one of the rows, the first of equals.
    Of more it is the mean over the classes that have rows.
    """

    name = "pr_auc"
    prose = "PR-AUC"
    meaning = "average precision: the share of right rows among those ranked first for a class: the positive one of two"
    method = "wilson-delta"

    def __init__(self, positive: int | None = None, prose: str = prose) -> None:
        self.positive = positive
        self.prose = prose

    def about(self, classes: Sequence[str], positive: int | None = None) -> PrAuc:
        """Of the class ``positive`` of two; of more classes it is a mean, and says so.

        >>> PrAuc().about(("No", "Yes"), 1).heading, PrAuc().about(("a", "b", "c")).heading
        ('PR-AUC of Yes', 'Mean PR-AUC over 3 classes')
        """
        if len(classes) > 2:
            return PrAuc(prose=f"mean PR-AUC over {len(classes)} classes")
        return self if positive is None else PrAuc(positive, f"PR-AUC of {classes[positive]}")

    def area(self, positives: Floats64, negatives: Floats64) -> float:
        """The area under the precision-recall curve, stepwise."""
        if not len(positives):
            return float("nan")
        right, wrong = np.sort(positives), np.sort(negatives)
        hits = len(right) - np.searchsorted(right, right, "left")
        misses = len(wrong) - np.searchsorted(wrong, right, "left")
        return float((hits / (hits + misses)).mean())

    def area_influence(self, inside: Bools, scores: Floats64) -> Floats64:
        """A positive counts by its own precision; every row counts in the precision of each positive at or below it."""
        rows, ones = len(inside), int(inside.sum())
        if not ones:
            return np.full(rows, np.nan)
        right, wrong = np.sort(scores[inside]), np.sort(scores[~inside])
        hits = ones - np.searchsorted(right, right, "left")
        above = hits + (rows - ones) - np.searchsorted(wrong, right, "left")
        precision = hits / above
        # The precision at a positive is hits / above.  One more row ranked above it moves that by 1 / above less
        # precision / above, or without the first part where the row is no positive; summed once from the lowest
        # positive up, so that each row finds what it adds to all positives at or below it in one look-up.
        up = np.concatenate([[0.0], np.cumsum(1 / above)])
        down = np.concatenate([[0.0], np.cumsum(precision / above)])
        upto = np.searchsorted(right, scores, "right")
        influences = np.where(inside, up[upto], 0.0) - down[upto]
        own = precision[np.searchsorted(right, scores[inside], "left")]
        influences[inside] += own - precision.mean()
        return np.asarray(influences * (rows / ones))

    def unseen(
        self, difference: float, labels: Labels, ours: Probabilities, theirs: Probabilities
    ) -> tuple[Floats64, Floats64]:
        """As of any area, for the classes it is about."""
        about = self._classes(labels, ours)
        support = np.array([(labels == each).sum() for each in about])
        half = len(labels) / (2 * np.maximum(support, 1) * len(about))
        return -half, half

    def _classes(self, labels: Labels, probabilities: Probabilities) -> list[int]:
        if probabilities.shape[1] != 2:
            return super()._classes(labels, probabilities)
        return [int(np.bincount(labels, minlength=2).argmin()) if self.positive is None else self.positive]

    def _interval(
        self,
        value: float,
        labels: Labels,
        probabilities: Probabilities,
        level: float,
        seed: int,
        units: Units | None,
    ) -> tuple[float, float]:
        """`wilson_of` for one area; for the mean of several each one's, put together by `mover`.

        The variance leans on that of a share of as many positives, as if `_LENT` of them had been seen to have it: few
        positives estimate it badly.  Chosen by simulation.
        """
        parts = [self._part(inside, scores, level, units) for inside, scores in self.one_by_one(labels, probabilities)]
        if len(parts) == 1:
            return parts[0][1], parts[0][2]
        values, lows, highs, variances = np.array(parts).T
        return mover(values, lows, highs, variances, variance(self._influence(labels, probabilities), units))

    def _part(
        self, inside: Bools, scores: Floats64, level: float, units: Units | None
    ) -> tuple[float, float, float, float]:
        """The area for one class, its interval, and its variance."""
        area, influences = self.area(scores[inside], scores[~inside]), self.area_influence(inside, scores)
        found = variance(influences, units)
        effect = (
            1.0 if units is None else max(found / variance(influences), 1.0) if found else len(inside) / units.count
        )
        ones = max(float(inside.sum()) / effect, 1.0)
        # With 10 positives and an area of 0.8 the share's variance is 0.8 * 0.2 / 10 = 0.016; a variance found of 0.009
        # counts 10 parts in 14, so that 0.011 is taken.
        spread = (ones * found + _LENT * area * (1 - area) / ones) / (ones + _LENT)
        low, high = wilson_of(area, spread if found else 0.0, ones, level, ones + _LENT - 1)
        return area, low, high, found

    def _approximate(self, labels: Labels, probabilities: Probabilities, units: Units | None) -> bool:
        """Where a class has no row, fewer than `FEW_OF_CLASS`, or hardly any that is not ranked first."""
        few = super()._approximate(labels, probabilities, units) or len(np.unique(labels)) < probabilities.shape[1]
        for inside, scores in self.one_by_one(labels, probabilities):
            ones = len(np.unique(units.of[inside])) if units is not None else int(inside.sum())
            lost = ones * (1 - self.area(scores[inside], scores[~inside]))
            few = few or ones < FEW_OF_CLASS or lost < _LOST
        return few
