"""The bootstrap, on the cells of the confusion matrix: its cost does not grow with the rows."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Floats64, Ints
from ratchet.metrics.predicted import ClassCounts, PredictedMetric

RESAMPLES = 10_000
_DRAWS = 30_000_000
"""Cells times resamples at most, so that a thousand classes take seconds as well."""


def resampled(
    metric: PredictedMetric, confusion: Ints, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Floats64:
    """(resamples,) the metric on resamples of the rows, drawn with replacement (Efron & Tibshirani 1993, chapter 6).

    ``confusion`` (classes, classes) rows by [true][predicted].  How many rows fall into each cell is multinomial, so
    that only filled cells are drawn.  With very many filled cells fewer resamples are made, never below 1,000.
    """
    filled = int(np.count_nonzero(confusion))
    resamples = int(min(resamples, max(1_000, _DRAWS // max(filled, 1))))
    classes = len(confusion)
    seen = confusion.sum(axis=1)
    # First how many rows each class gets, then where each class's rows go: 6 rows of [[3, 1], [0, 2]] may come as
    # 5 of the first class and 1 of the second, and those 5 as [4, 1].
    support = rng.multinomial(seen.sum(), seen / seen.sum(), size=resamples)
    hits, predicted = np.zeros((resamples, classes)), np.zeros((resamples, classes))
    for each in np.flatnonzero(seen):
        cells = np.flatnonzero(confusion[each])
        drawn = rng.multinomial(support[:, each], confusion[each, cells] / seen[each])
        predicted[:, cells] += drawn
        own = np.flatnonzero(cells == each)
        hits[:, each] = drawn[:, own].sum(axis=1)
    counts = ClassCounts(hits=hits, support=support.astype(np.float64), predicted=predicted, present=seen > 0)
    return metric.of_counts(counts)


def bootstrap(
    metric: PredictedMetric, confusion: Ints, rng: np.random.Generator, level: float = 0.95
) -> tuple[float, float]:
    """The percentile interval of a metric of the confusion matrix."""
    drawn = resampled(metric, confusion, rng)
    low, high = np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2])
    return float(low), float(high)
