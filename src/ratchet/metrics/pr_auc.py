"""PR-AUC: how pure the rows are that are ranked first for a class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ratchet.arrays import Bools, Floats64, Labels, Probabilities
from ratchet.metrics.one_vs_rest import OneVsRestMetric
from ratchet.statistics.logit import logit
from ratchet.statistics.units import Units


class PrAuc(OneVsRestMetric):
    """The precision at each row of a class, going down its ranking, on average (average precision).

    Of two classes it is that of the positive one: the one given, else the rarer one of the rows, the first of equals.
    Of more it is the mean over the classes that have rows.
    """

    name = "pr_auc"
    prose = "PR-AUC"
    meaning = "average precision: the share of right rows among those ranked first for the positive class of two"
    method = "logit-delta"

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
        influences = self._influence(labels, probabilities)
        return logit(value, influences if units is None else units.summed(influences), level)
