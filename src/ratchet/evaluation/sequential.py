"""Evidence that goes on: is ours better than theirs, on labelled rows that arrive batch by batch?

The answer is an e-process (`ratchet.statistics.betting`): were ours no better, it would ever reach 1 / alpha with a
probability of at most alpha, so it may be looked at after every batch.  Metrics that are a mean over rows, with weights
fixed beforehand, are bet on row by row (unit by unit); ranks have no such form, so there each batch is tested by itself
and its p-value turned into an e-value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ratchet.arrays import Floats64, Hashes, Labels, Probabilities
from ratchet.evaluation.paired import difference
from ratchet.hashing import mixed
from ratchet.metrics.metric import Metric
from ratchet.metrics.predicted import PredictedMetric, counted, most_probable
from ratchet.metrics.row_mean import RowMeanMetric
from ratchet.statistics.betting import wealth

_APART = np.uint64(0x9E3779B97F4A7C15)
"""Added before a unit's bits are stirred, so that the order is another than any made of the bare hash."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Batch:
    """Labelled rows that neither side has learned from, with the probabilities of both (rows, classes)."""

    labels: Labels
    ours: Probabilities
    theirs: Probabilities
    units: Hashes | None = None
    """(rows,) each row's unit of evidence; None where every row is its own."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Reference:
    """Rows that were there before the first batch, with the champion's out-of-fold probabilities.

    They say how much a row of each class weighs in a macro average, before any row of a batch is seen.
    """

    labels: Labels
    champion: Probabilities


@dataclass(frozen=True, kw_only=True, slots=True)
class Contributions:
    """What each row adds to a difference, above zero where ours is better: its mean is the difference of the metric."""

    of_rows: Callable[[Batch], Floats64]
    """(rows,) of a batch."""
    bound: float
    """No row adds or takes away more than this."""


def e_process(metric: Metric, batches: Sequence[Batch], *, reference: Reference, margin: float = 0.0) -> Floats64:
    """(batches,) the e-value, after each batch, that ours is better by ``metric``, or worse by less than ``margin``.

    Rows of a unit count together, in an order drawn by its hash; a unit that an earlier batch held is left out, for its
    rows are no new evidence.  The same batches give the same values, and another batch changes none before it.
    """
    fresh = list(_unseen_units(batches))
    found = contributions(metric, reference)
    if found is None:
        factors = np.array([_calibrated(metric, batch, margin) for batch in fresh])
        return np.asarray(np.cumprod(factors))
    bets = [_bets(found, batch, margin) for batch in fresh]
    way = wealth(np.concatenate([np.zeros(0), *bets]), 1.0)
    ends = np.cumsum([len(each) for each in bets], dtype=np.int64)
    return np.concatenate([np.ones(1), way])[ends]


def contributions(metric: Metric, reference: Reference) -> Contributions | None:
    """What each row of a batch adds to the difference, or None where the metric is no mean over rows.

    Exact for losses and accuracy; F1, precision and recall are taken as straight lines around what ``reference`` shows,
    with the same weights for both sides.  Raises nothing; a loss without end has no bound, and so none of this.
    """
    classes = reference.champion.shape[1]
    if isinstance(metric, RowMeanMetric):
        most = metric.most(classes)
        return Contributions(of_rows=lambda batch: _saved(metric, batch), bound=most) if math.isfinite(most) else None
    if not isinstance(metric, PredictedMetric) or not len(reference.labels):
        return None
    counts = counted(reference.labels, most_probable(reference.champion), classes)
    influence = metric.row_influence(counts)

    def gained(batch: Batch) -> Floats64:
        own, other = most_probable(batch.ours), most_probable(batch.theirs)
        return influence(batch.labels, own) - influence(batch.labels, other)

    # A row of class 1 moves it from what its worst prediction does to what its best one does, and no further.
    truth, predicted = np.divmod(np.arange(classes * classes, dtype=np.int32), np.int32(classes))
    moves = influence(truth, predicted).reshape(classes, classes)
    return Contributions(of_rows=gained, bound=float(np.ptp(moves, axis=1).max()))


def _saved(metric: RowMeanMetric, batch: Batch) -> Floats64:
    return metric.of_rows(batch.labels, batch.theirs) - metric.of_rows(batch.labels, batch.ours)


def _unseen_units(batches: Sequence[Batch]) -> Iterator[Batch]:
    """The batches without the rows of units that came before."""
    seen = np.zeros(0, dtype=np.uint64)
    for batch in batches:
        if batch.units is None:
            yield batch
            continue
        new = ~np.isin(batch.units, seen)
        seen = np.union1d(seen, batch.units)
        yield Batch(labels=batch.labels[new], ours=batch.ours[new], theirs=batch.theirs[new], units=batch.units[new])


def _bets(found: Contributions, batch: Batch, margin: float) -> Floats64:
    """(units,) the contribution of each unit, within -1 and 1, in the order of the units' hashes."""
    if not len(batch.labels) or found.bound == 0:
        return np.zeros(0)
    units = np.arange(len(batch.labels), dtype=np.uint64) if batch.units is None else batch.units
    names, place, sizes = np.unique(units, return_inverse=True, return_counts=True)
    total = np.bincount(place, weights=found.of_rows(batch) + margin, minlength=len(names))
    # A unit of three rows can win or lose three times the bound; the largest of the batch says what is staked.
    scaled = total / ((found.bound + margin) * float(sizes.max()))
    return np.asarray(scaled[np.argsort(mixed(names + _APART))])


def _calibrated(metric: Metric, batch: Batch, margin: float) -> float:
    """An e-value from the paired test's p-value: 0.5 / sqrt(p) (Vovk & Wang 2021, "E-values", section 2)."""
    if not len(batch.labels):
        return 1.0
    found = difference(metric, batch.labels, batch.ours, batch.theirs, batch.units)
    return 1.0 if math.isnan(found.value) else 0.5 / math.sqrt(max(found.p_value(margin), 1e-300))
