"""Prediction sets: answers that hold the true class as often as promised, whatever the model and the data.

Split-conformal (Vovk, Gammerman, Shafer 2005, "Algorithmic Learning in a Random World"): rows that the pipeline has not
learned from get a nonconformity score for their true class; a set holds every class whose score is no larger than that
of the promised share of those rows.  The promise is an average over rows drawn like those ones, not one for each row.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from ratchet.arrays import Bools, Floats64, Labels, Probabilities
from ratchet.errors import SpecError
from ratchet.features.encoder import State


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
        return State(meta={"coverage": self.coverage}, arrays={"limits": self.limits})

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls(coverage=state.meta["coverage"], limits=state.arrays["limits"])


def fit(probabilities: Probabilities, labels: Labels, coverage: float) -> Conformal:
    """Prediction sets that hold the true class with probability ``coverage`` or more.

    ``probabilities`` (rows, classes) and ``labels`` (rows,) are of rows the pipeline has not learned from (out of fold,
    or held out).  With too few rows to promise anything, every class is in every set.  The sets are the smallest on
    average (least ambiguous; Sadinle, Lei, Wasserman 2019, JASA 114, section 2).

    The most probable class is in every set, and the limit takes that into account: a model that is right more often
    than promised would else answer its least sure rows with nothing.  Such a model is covered more often than promised.
    Raises `SpecError` for a coverage that cannot be promised.
    """
    if not 0 < coverage < 1:
        raise SpecError(
            f"a coverage of {coverage} cannot be promised", todo="give one above 0 and below 1, such as 0.95"
        )
    scores = _nonconformity(probabilities)[np.arange(len(labels)), labels]
    return Conformal(coverage=coverage, limits=np.full(probabilities.shape[1], _limit(scores, coverage)))


def _limit(scores: Floats64, coverage: float) -> float:
    """The ``ceil((n + 1) coverage)``-th smallest of n: what one more row stays below with that probability.

    Of 9 rows at 0.9 the 9th, of 8 rows the 8.1th, which there is not: no limit.
    """
    rank = math.ceil((len(scores) + 1) * coverage - 1e-9)
    return float(np.partition(scores, rank - 1)[rank - 1]) if rank <= len(scores) else math.inf


def _nonconformity(probabilities: Probabilities) -> Floats64:
    """(rows, classes) the nonconformity of each class, 1 less its probability; 0 for the most probable class.

    [0.7, 0.2, 0.1] -> [0, 0.8, 0.9]
    """
    scores = 1 - probabilities
    scores[np.arange(len(scores)), probabilities.argmax(axis=1)] = 0
    return scores
