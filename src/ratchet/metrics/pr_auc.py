"""PR-AUC: how pure the rows are that are ranked first for a class."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Bools, Floats64, Labels, Probabilities
from ratchet.metrics.one_vs_rest import OneVsRestMetric
from ratchet.statistics.logit import logit


class PrAuc(OneVsRestMetric):
    """The precision at each row of a class, going down its ranking, on average (average precision).

    Of two classes it is the mean of both, as no class is "the positive one".
    """

    name = "pr_auc"
    prose = "PR-AUC"
    meaning = "average precision: the share of right rows among those ranked first for a class, mean over the classes"
    method = "logit-delta"

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

    def _interval(
        self, value: float, labels: Labels, probabilities: Probabilities, level: float, seed: int
    ) -> tuple[float, float]:
        return logit(value, self._influence(labels, probabilities), level)
