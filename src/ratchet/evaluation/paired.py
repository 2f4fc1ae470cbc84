"""Two models on the same rows: how far apart they are, and whether that can be chance.

Every metric's difference is, to first order, a sum over units of evidence of how much each moves it
(`ratchet.metrics.metric`, influence).  Whether that sum can be chance is asked by the test by random weights
(`ratchet.statistics.random_weights`): units count more or less by lot, and beside those that were seen stands one that
was not, and speaks as much against ours as one can.  For a mean of losses that is Gaffke's test with the losses' own
bounds; for accuracy on rows that are each their own unit it is McNemar's exact test; for the other metrics the unit not
seen is shared among the classes, so that a class of few rows in which chance showed nothing bad is not called certain.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ratchet.arrays import Floats64, Hashes, Labels, Probabilities
from ratchet.metrics.accuracy import Accuracy
from ratchet.metrics.class_ratio import class_f1_influence
from ratchet.metrics.metric import Metric
from ratchet.metrics.row_mean import RowMeanMetric
from ratchet.statistics.random_weights import not_above_zero

_HALF = 0.5
"""How much of a unit not seen an interval counts in.  Chosen by simulation."""
_DIGITS = 11
"""Effects that agree so far are one: they differ by how they were summed."""
_REACH = 60
"""How many times the step towards an interval's end may double."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Difference:
    """How much better one model is than another: above zero is better, whichever way the metric runs."""

    value: float
    effects: Floats64
    """(kinds,) the sum of the influences of a unit's rows, for each kind of units that are equal in all that counts."""
    sizes: Floats64
    """(kinds,) how many rows a unit of it has."""
    counts: Floats64
    """(kinds,) how many units are of it; times their effects they add up to zero."""
    against: Floats64
    """(classes,) the influences of rows not seen that would speak against ours, at most one a class."""
    in_favour: Floats64
    """(classes,) the influences of rows not seen that would speak for ours."""
    unseen_size: float = 1.0
    """How many such rows a unit that was not seen would hold."""
    method: str
    """What the test without a margin is called, in words."""

    @property
    def rows(self) -> float:
        """How many rows it rests on."""
        return float(self.counts @ self.sizes)

    @property
    def error(self) -> float:
        """The standard error."""
        # Of 100 rows 10 are predicted right by one side only: their influences on the difference in accuracy are about
        # 1 or -1, so the error is sqrt(10) / 100; in 5 units of two such rows that agree it is sqrt(5 * 4) / 100.
        return math.sqrt(float(self.counts @ self.effects**2)) / max(self.rows, 1.0)

    def p_value(self, margin: float = 0.0) -> float:
        """The probability of a difference this good were the true one ``-margin`` (0.01: a point worse)."""
        return self._chance(margin, 1.0)

    def interval(self, level: float) -> tuple[float, float]:
        """Where the true difference lies with probability ``level``: what the test does not refuse.

        With half a unit that was not seen, as the mid-p value does for counts (Agresti & Gottard 2007): an interval is
        to hold as often as it says, a test never to err more often.
        """
        if math.isnan(self.value) or (self.value == 0 and not self.effects.any()):
            return self.value, self.value
        tail = (1 - level) / 2
        return self._end(tail), -self.turned()._end(tail)

    def turned(self) -> Difference:
        """The same from the other side: how much better theirs is."""
        return replace(self, value=-self.value, effects=-self.effects, against=-self.in_favour, in_favour=-self.against)

    def _chance(self, margin: float, share: float) -> float:
        """The p-value with a ``share`` of a unit not seen."""
        if math.isnan(self.value):
            return 1.0
        # Were the truth -margin, a unit's effect would lie around -margin a row: of 4 rows, 3 won and 1 lost, the
        # influences 0.5 and -1.5 and the value 0.5 give back 1, 1, 1, -1, and a margin of 0.1 gives 1.1 and -0.9.
        shift = self.value + margin
        seen, unseen = self.effects + shift * self.sizes, (self.against + shift) * self.unseen_size
        shapes = np.concatenate([self.counts, share * _shares(unseen)])
        return not_above_zero(np.concatenate([seen, unseen]), shapes)

    def _end(self, tail: float) -> float:
        """The difference below which the true one lies with probability ``tail``."""
        from scipy.optimize import brentq

        def beyond(step: float) -> float:
            return self._chance(step - self.value, _HALF) - tail  # is the truth ``value - step``?

        step = max(self.error, 1e-12)
        for _ in range(_REACH):
            if beyond(step) <= 0:
                break
            step *= 2
        return self.value - float(brentq(beyond, 0.0, step, rtol=1e-6)) if beyond(0.0) > 0 else self.value


def _shares(unseen: Floats64) -> Floats64:
    """How much of the one unit that was not seen falls to each class: by the square of what it does there."""
    # Classes of 10 and 100 rows, where one row moves macro-recall by 0.05 and 0.005, share it 0.99 to 0.01: luck is
    # looked for where it could do most.  Equal classes share it equally, as accuracy does: then it is one row of all.
    squares = unseen**2
    total = float(squares.sum())
    return squares / total if total > 0 else squares


def difference(
    metric: Metric, labels: Labels, ours: Probabilities, theirs: Probabilities, units: Hashes | None = None
) -> Difference:
    """How much better ``ours`` is than ``theirs`` by ``metric`` on the same rows (each (rows, classes)).

    ``units`` (rows,) names each row's unit of evidence: rows of a unit count together, as one observation.
    """
    sign = 1.0 if metric.higher_is_better else -1.0
    value = sign * (metric.value(labels, ours) - metric.value(labels, theirs))
    influences = sign * (metric.influence(labels, ours) - metric.influence(labels, theirs))
    against, in_favour = metric.unseen(value, labels, ours, theirs)
    found = _of_units(value, influences, against, in_favour, units)
    if isinstance(metric, RowMeanMetric):
        largest = float(found.sizes.max(initial=1.0))
        return replace(found, unseen_size=largest, method="Gaffke's test of a bounded mean")
    exact = isinstance(metric, Accuracy) and found.counts.sum() == len(labels)
    return replace(found, method="McNemar's exact test") if exact else found


def class_difference(
    each: int, labels: Labels, ours: Labels, theirs: Labels, units: Hashes | None = None
) -> Difference:
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
    influences = class_f1_influence(each, labels, ours) - class_f1_influence(each, labels, theirs)
    against, in_favour = np.array([wrong[0] - right[1]]), np.array([right[0] - wrong[1]])
    return _of_units(values[0] - values[1], influences, against, in_favour, units)


def _of_units(
    value: float, influences: Floats64, against: Floats64, in_favour: Floats64, units: Hashes | None
) -> Difference:
    """The difference whose rows have ``influences`` (rows,), summed over each unit."""
    effects, sizes = influences, np.ones(len(influences))
    if units is not None:
        found, place = np.unique(units, return_inverse=True)
        effects = np.asarray(np.bincount(place, weights=influences, minlength=len(found)), dtype=np.float64)
        sizes = np.bincount(place, minlength=len(found)).astype(np.float64)
    # A model that always says the same leaves no row to speak for it: then one that does as much as any row seen.
    most = np.abs(influences + value).max(initial=0.0, keepdims=True)
    against = against if len(against) else -most - value
    in_favour = in_favour if len(in_favour) else most - value
    kinds, sizes, counts = _gathered(effects, sizes)
    return Difference(
        value=value,
        effects=kinds,
        sizes=sizes,
        counts=counts,
        against=against,
        in_favour=in_favour,
        unseen_size=_alike(influences, effects, float(np.abs(np.concatenate([against, in_favour])).max())),
        method="paired test by random weights",
    )


def _alike(influences: Floats64, effects: Floats64, furthest: float) -> float:
    """How many rows of a unit speak alike, at least one; a row that was not seen does at most ``furthest``.

    The design effect (Kish 1965, "Survey Sampling", section 8.2), and no less than what the units do that matter: their
    mean effect, each weighted by the cube of its own, so that a few large ones count.  Chosen by simulation.
    """
    # Copies ten times over give 10 either way, rows that share a unit and nothing else 1.  Ninety units of effect 1 and
    # one of 10 have a design effect of 190 / 190 if they hold so many rows, but (90 + 10,000) / (90 + 1,000) is 9.3.
    size, second, third = np.abs(effects), float((influences**2).sum()), float((np.abs(effects) ** 3).sum())
    if not (third > 0 and furthest > 0):
        return 1.0
    return max(float((size**2).sum()) / second, float((size**4).sum()) / third / furthest, 1.0)


def _gathered(effects: Floats64, sizes: Floats64) -> tuple[Floats64, Floats64, Floats64]:
    """Equal units (units,) once, with how many of them there are: the search for an interval's ends asks many times."""
    # On 10,000 rows that are each their own unit accuracy has three kinds: won, lost, and neither.
    scale = float(np.abs(effects).max(initial=0.0)) or 1.0
    pairs = np.stack([sizes, np.round(effects / scale, _DIGITS)])
    order = np.lexsort(pairs)
    pairs = pairs[:, order]
    first = np.flatnonzero(np.concatenate([[True], (pairs[:, 1:] != pairs[:, :-1]).any(axis=0)]))
    first = first[: len(order)]
    counts = np.diff(np.append(first, len(order))).astype(np.float64)
    return effects[order[first]], sizes[order[first]], counts
