"""Prediction sets: answers that hold the true class as often as promised, whatever the model and the data.

Split-conformal (Vovk, Gammerman, Shafer 2005, "Algorithmic Learning in a Random World"): rows that the pipeline has not
learned from get a nonconformity score for their true class; a set holds every class whose score is no larger than that
of the promised share of those rows.  The promise is an average over rows drawn like those ones, not one for each row.

Classwise sets make the promise for the rows of each class by themselves, each class with a limit of its own
(class-conditional, or Mondrian: Vovk 2012, "Conditional validity of inductive conformal predictors", section 4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from ratchet.arrays import Bools, Floats64, Hashes, Labels, Probabilities
from ratchet.errors import SpecError
from ratchet.features.encoder import State

_SLACK = 1e-9
"""What sums of weights may be off by."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SetQuality:
    """How prediction sets did on rows with known labels."""

    rows: int
    covered: int
    """Rows whose set holds the true class."""
    single: int
    """Rows answered with one class, and so not abstained from."""
    single_right: int
    mean_size: float

    @property
    def coverage(self) -> float:
        """The share of rows whose set holds the true class; NaN without rows."""
        return self.covered / self.rows if self.rows else math.nan

    @property
    def abstained(self) -> float:
        """The share of rows without a single class for an answer; NaN without rows."""
        return 1 - self.single / self.rows if self.rows else math.nan


@dataclass(frozen=True, kw_only=True, slots=True)
class Conformal:
    """Turns probabilities into sets of classes.  Made by `fit`.

    Promises: the most probable class is in every set, first; a row's set does not depend on the rows beside it, and is
    the same each time; ``from_state(state())`` gives the same sets.
    """

    name: ClassVar[str] = "conformal.v1"

    coverage: float
    limits: Floats64
    """(classes,) the largest nonconformity with which a class is in the set; infinity: always in."""
    classwise: bool = False
    """Whether the promise is made for the rows of each class, and not for all rows on average."""

    def contains(self, probabilities: Probabilities) -> Bools:
        """(rows, classes) which classes are in each row's set."""
        return np.asarray(_nonconformity(probabilities) <= self.limits)

    def sets(self, probabilities: Probabilities) -> list[tuple[int, ...]]:
        """Each row's classes by index, most probable first."""
        order = np.argsort(-probabilities, axis=1, kind="stable")
        inside = np.take_along_axis(self.contains(probabilities), order, axis=1)
        sizes = inside.sum(axis=1).tolist()
        chosen = order[inside].tolist()
        ends = np.cumsum(sizes).tolist()
        return [tuple(chosen[end - size : end]) for size, end in zip(sizes, ends, strict=True)]

    def measure(self, probabilities: Probabilities, labels: Labels) -> SetQuality:
        """How the sets do on rows with known labels, which should be others than it was fitted to."""
        inside = self.contains(probabilities)
        sizes = inside.sum(axis=1)
        right = inside[np.arange(len(labels)), labels]
        return SetQuality(
            rows=len(labels),
            covered=int(right.sum()),
            single=int((sizes == 1).sum()),
            single_right=int((right & (sizes == 1)).sum()),
            mean_size=float(sizes.mean()) if len(sizes) else math.nan,
        )

    def state(self) -> State:
        meta = {"coverage": self.coverage, "classwise": self.classwise}
        return State(meta=meta, arrays={"limits": self.limits})

    @classmethod
    def from_state(cls, state: State) -> Self:
        classwise = state.meta.get("classwise", False)  # bundles of 0.1.0 do not say it
        return cls(coverage=state.meta["coverage"], limits=state.arrays["limits"], classwise=classwise)


def fit(
    probabilities: Probabilities,
    labels: Labels,
    coverage: float,
    *,
    classwise: bool = False,
    units: Hashes | None = None,
) -> Conformal:
    """Prediction sets that hold the true class with probability ``coverage`` or more; ``classwise``: of each class.

    ``probabilities`` (rows, classes) and ``labels`` (rows,) are of rows the pipeline has not learned from (out of fold,
    or held out).  With too few rows to promise anything, every class is in every set.  The sets are the smallest on
    average (least ambiguous; Sadinle, Lei, Wasserman 2019, JASA 114, section 2; of classwise ones, section 3).

    ``units`` (rows,) name the unit of each row where rows come in units that are drawn together (groups, near copies).
    Each unit counts as one then, however many rows it has, and the promise is for a row of a unit not seen before
    (Lee, Barber, Willett 2023, "Distribution-free inference with hierarchical data", section 3).

    The most probable class is in every set, and the limit takes that into account: a model that is right more often
    than promised would else answer its least sure rows with nothing.  Such a model is covered more often than promised.
    Raises `SpecError` for a coverage that cannot be promised.
    """
    if not 0 < coverage < 1:
        raise SpecError(
            f"a coverage of {coverage} cannot be promised", todo="give one above 0 and below 1, such as 0.95"
        )
    own = np.arange(len(labels), dtype=np.uint64) if units is None else units
    scores = _Scores(_nonconformity(probabilities)[np.arange(len(labels)), labels], own)
    classes = probabilities.shape[1]
    limits = _classwise(scores, labels, classes, coverage) if classwise else np.full(classes, scores.limit(coverage))
    return Conformal(coverage=coverage, limits=limits, classwise=classwise)


@dataclass(frozen=True, slots=True)
class _Scores:
    """Nonconformities (rows,) of true classes, and the unit of each row."""

    values: Floats64
    units: Hashes

    def of(self, rows: Bools) -> _Scores:
        return _Scores(self.values[rows], self.units[rows])

    def count(self) -> int:
        """How many units there are."""
        return len(np.unique(self.units))

    def limit(self, coverage: float) -> float:
        """What a row of one more unit stays below with probability ``coverage``; infinity: too few units to say."""
        _, which, sizes = np.unique(self.units, return_inverse=True, return_counts=True)
        wanted = coverage * (len(sizes) + 1) - _SLACK
        if wanted > len(sizes):
            return math.inf
        # Two units, of rows scored .1 .9 and of one scored .3, weigh 1/2 1/2 and 1: up to .1 lies 1/2, up to .3 1.5, up
        # to .9 2.  For half of the rows of a third unit 0.5 * 3 = 1.5 are wanted: the limit is .3.  Where every row is
        # a unit, this is the ceil((n + 1) coverage)-th smallest of n.
        order = np.argsort(self.values, kind="stable")
        below = int(np.searchsorted(np.cumsum(1 / sizes[which[order]]), wanted))
        return float(self.values[order[min(below, len(order) - 1)]])

    def best_limit(self, coverage: float) -> float:
        """The limit, or where the units are too few for one their largest score: n of them cover n / (n + 1)."""
        return float(min(self.limit(coverage), self.values.max(initial=-math.inf)))


def _classwise(scores: _Scores, labels: Labels, classes: int, coverage: float) -> Floats64:
    """(classes,) the limit of each class, from its own rows.

    A class of fewer units than a limit takes (19 at 95 %) would be in every set, and nothing ever answered with one
    class.  Such classes are put together, and joined by the next smallest until they are enough; a class among them
    gets their common limit, or what its own rows can promise where that is more.  Of the ways compared by simulation
    (`bench/sets_simulation.py`) this covers the worst class best at a set size close to the others.
    """
    own = [scores.of(labels == each) for each in range(classes)]
    limits = np.array([each.limit(coverage) for each in own])
    pool = np.isinf(limits)
    if not pool.any():
        return limits
    by_size = np.argsort([each.count() for each in own], kind="stable")
    larger = [each for each in by_size if not pool[each]]
    while math.isinf(together := scores.of(pool[labels]).limit(coverage)) and larger:
        pool[larger.pop(0)] = True
    for each in np.flatnonzero(pool):
        limits[each] = max(together, own[each].best_limit(coverage))
    return limits


def _nonconformity(probabilities: Probabilities) -> Floats64:
    """(rows, classes) the nonconformity of each class, 1 less its probability; 0 for the most probable class.

    [0.7, 0.2, 0.1] -> [0, 0.8, 0.9]
    """
    scores = 1 - probabilities
    scores[np.arange(len(scores)), probabilities.argmax(axis=1)] = 0
    return scores
