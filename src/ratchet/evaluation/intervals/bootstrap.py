"""The bootstrap, on the cells of the confusion matrix: its cost does not grow with the rows."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Floats64, Ints
from ratchet.evaluation.metrics import from_counts

RESAMPLES = 10_000
_DRAWS = 30_000_000
"""Cells times resamples at most, so that a thousand classes take seconds as well."""


def resampled(
    metric: str, confusion: Ints, rng: np.random.Generator, resamples: int = RESAMPLES, *, stratified: bool = True
) -> Floats64:
    """(resamples,) the metric on resamples of the rows, drawn with replacement (Efron & Tibshirani 1993, chapter 6).

    ``confusion`` (classes, classes) rows by [true][answered]; the metric is one of `metrics.FROM_ANSWERS`.  How many
    rows fall into each cell is multinomial, so that only filled cells are drawn.  ``stratified`` keeps each class's
    number of rows: right where rows were sampled by class, too narrow where their number is itself chance.  With very
    many filled cells fewer resamples are made, never below 1,000.
    """
    filled = int(np.count_nonzero(confusion))
    resamples = int(min(resamples, max(1_000, _DRAWS // max(filled, 1))))
    classes = len(confusion)
    seen = confusion.sum(axis=1)
    support = np.broadcast_to(seen, (resamples, classes))
    if not stratified:
        support = rng.multinomial(seen.sum(), seen / seen.sum(), size=resamples)
    hits, answered = np.zeros((resamples, classes)), np.zeros((resamples, classes))
    for each in np.flatnonzero(seen):
        cells = np.flatnonzero(confusion[each])
        drawn = rng.multinomial(support[:, each], confusion[each, cells] / seen[each])
        answered[:, cells] += drawn
        own = np.flatnonzero(cells == each)
        hits[:, each] = drawn[:, own].sum(axis=1)
    return from_counts(metric, hits, support.astype(np.float64), answered, seen > 0)


def bootstrap_interval(
    metric: str, confusion: Ints, rng: np.random.Generator, level: float = 0.95, *, stratified: bool = False
) -> tuple[float, float]:
    """The percentile interval of a metric of `metrics.FROM_ANSWERS`."""
    drawn = resampled(metric, confusion, rng, stratified=stratified)
    low, high = np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2])
    return float(low), float(high)
