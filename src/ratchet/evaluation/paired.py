"""Two models on the same rows: how far apart they are, and whether that can be chance.

The test is the paired bootstrap in the limit of endless resamples: the difference over its standard error, which
comes from how much each row has to do with it (`influence`).  Two things keep it honest where few rows decide, as
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
from ratchet.evaluation import metrics
from ratchet.evaluation.influence import influence, of_answer, of_class_f1

_WEIGHT = 0.25
"""Of the row a class that was not seen.  Chosen by simulation: docs/evidence.md."""
_ENDLESS = 1e9
Groups = Ints


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Difference:
    """How much better one model is than another: above zero is better, whichever way the metric runs."""

    value: float
    moved: Floats64
    """(rows,) what each row, or group of rows, has to do with it: influences, which average to zero."""
    down: Floats64
    """(any,) the influences of rows not seen that would speak against ours, at most one a class."""
    up: Floats64
    """(any,) the influences of rows not seen that would speak for ours."""

    @property
    def error(self) -> float:
        """The standard error, in the direction that doubts ours."""
        squares = float((self.moved**2).sum()) + _WEIGHT * float((self.down**2).sum())
        return math.sqrt(squares) / max(len(self.moved), 1)

    @property
    def freedom(self) -> float:
        """How many rows really count."""
        squares = self.moved * self.moved
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
        moved = np.asarray(np.bincount(groups, weights=self.moved, minlength=count) * scale, dtype=np.float64)
        return Difference(value=self.value, moved=moved, down=self.down * scale, up=self.up * scale)

    def turned(self) -> Difference:
        """The same from the other side: how much better theirs is."""
        return Difference(value=-self.value, moved=-self.moved, down=self.up, up=self.down)


def copies(ids: Hashes | None) -> Groups | None:
    """(rows,) the group of rows with equal ids that each row is in; None where every row is alone."""
    if ids is None:
        return None
    found, groups = np.unique(ids, return_inverse=True)
    return None if len(found) == len(ids) else groups.astype(np.int64)


def difference(metric: str, labels: Labels, ours: Probabilities, theirs: Probabilities) -> Difference:
    """How much better ``ours`` is than ``theirs`` by ``metric`` on the rows both answered (each (rows, classes))."""
    sign = 1.0 if metrics.higher_is_better(metric) else -1.0
    value = sign * (metrics.value(metric, labels, ours) - metrics.value(metric, labels, theirs))
    moved = sign * (influence(metric, labels, ours) - influence(metric, labels, theirs))
    down, up = _unseen(metric, value, labels, ours, theirs)
    return Difference(value=value, moved=moved, down=down, up=up)


def class_difference(each: int, labels: Labels, ours: Labels, theirs: Labels) -> Difference:
    """How much better the F1 of one class is, from the answered classes (rows,) of both."""
    truth = labels == each
    values, right, wrong = [], [], []
    for answered in (ours, theirs):
        bottom = max(float(truth.sum() + (answered == each).sum()), 1.0)
        f1 = 2 * float((truth & (answered == each)).sum()) / bottom
        values.append(f1)
        right.append((2 - 2 * f1) * len(labels) / bottom)
        wrong.append(-f1 * len(labels) / bottom)
    return Difference(
        value=values[0] - values[1],
        moved=of_class_f1(each, labels, ours) - of_class_f1(each, labels, theirs),
        down=np.array([wrong[0] - right[1]]),
        up=np.array([right[0] - wrong[1]]),
    )


def _unseen(
    metric: str, value: float, labels: Labels, ours: Probabilities, theirs: Probabilities
) -> tuple[Floats64, Floats64]:
    """The influences of rows, one a class, on which only theirs is right, and of those on which only ours is."""
    rows = len(labels)
    present, support = np.unique(labels, return_counts=True)
    if metric in ("roc_auc", "pr_auc"):
        half = rows / (2 * support * len(present))
        return -half, half
    if metric not in metrics.FROM_ANSWERS or not rows:
        return np.array([value]), np.array([value])
    answered = metrics.answers(ours), metrics.answers(theirs)
    of_ours, of_theirs = (of_answer(metric, labels, each, ours.shape[1]) for each in answered)
    truth = present.astype(np.int32)
    said = np.argsort(-np.bincount(answered[0], minlength=ours.shape[1]), kind="stable")[:2].astype(np.int32)
    wrong = np.where(truth == said[0], said[1], said[0])
    down = of_ours(truth, wrong) - of_theirs(truth, truth)
    up = of_ours(truth, truth) - of_theirs(truth, wrong)
    return down[_may_say(answered[1], truth)], up[_may_say(answered[0], truth)]


def _may_say(answered: Labels, truth: Labels) -> np.ndarray:
    """Which classes a model may answer: any, but for one that always answers the same."""
    constant = bool((answered == answered[0]).all())
    return truth == answered[0] if constant else np.ones(len(truth), dtype=bool)
