"""Prediction sets: answers that hold the true class as often as promised, whatever the model and the data.

Split-conformal (Vovk, Gammerman, Shafer 2005, "Algorithmic Learning in a Random World"): rows that the model has not
learned from are scored for how odd their true class looks; a set holds every class that looks no odder than the
promised share of those rows.  The promise is an average over rows drawn like those ones, not one for each row.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, Self, get_args

import numpy as np

from ratchet.arrays import Bools, Floats64, Hashes, Labels, Probabilities
from ratchet.errors import SpecError
from ratchet.features.encoder import State

Method = Literal["lac", "aps", "aps_randomised", "class_conditional"]


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

    method: Method
    coverage: float
    limits: Floats64
    """(classes,) the oddest a class may look and still be in the set; infinity: always in."""
    seed: int

    def contains(self, probabilities: Probabilities) -> Bools:
        """(rows, classes) which classes are in each row's set."""
        return np.asarray(_oddness(self.method, probabilities, self.seed) <= self.limits)

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
        return State(
            meta={"method": self.method, "coverage": self.coverage, "seed": self.seed}, arrays={"limits": self.limits}
        )

    @classmethod
    def from_state(cls, state: State) -> Self:
        meta = state.meta
        return cls(method=meta["method"], coverage=meta["coverage"], seed=meta["seed"], limits=state.arrays["limits"])


def fit(
    probabilities: Probabilities, labels: Labels, coverage: float, method: Method = "lac", seed: int = 0
) -> Conformal:
    """Prediction sets that hold the true class with probability ``coverage`` or more.

    ``probabilities`` (rows, classes) and ``labels`` (rows,) are of rows the model has not learned from (out of fold, or
    held out).  With too few rows to promise anything, every class is in every set.

    - ``lac``: least ambiguous sets, smallest on average (Sadinle, Lei, Wasserman 2019, JASA 114, section 2).
    - ``aps``: adaptive sets, larger where the model is less sure: classes are taken in order of probability until
      they weigh enough (Romano, Sesia, Candes 2020, "Classification with Valid and Adaptive Coverage", section 2);
      ``aps_randomised`` takes the last one by chance, drawn from the row's own probabilities.
    - ``class_conditional``: the promise holds within each class (Mondrian; Vovk 2012, "Conditional Validity of
      Inductive Conformal Predictors"); a class with fewer than ``coverage / (1 - coverage)`` rows is then always in.

    The most probable class is in every set, and the limit takes that into account: a model that is right more often
    than promised would else answer its least sure rows with nothing.  Such a model is covered more often than promised.
    Raises `SpecError` for a coverage or a method there is none of.
    """
    if not 0 < coverage < 1:
        raise SpecError(
            f"a coverage of {coverage} cannot be promised", todo="give one above 0 and below 1, such as 0.95"
        )
    if method not in get_args(Method):
        raise SpecError(f"there is no way '{method}' to make sets", todo=f"use one of {', '.join(get_args(Method))}")
    classes = probabilities.shape[1]
    odd = _oddness(method, probabilities, seed)[np.arange(len(labels)), labels]
    if method == "class_conditional":
        limits = np.array([_limit(odd[labels == each], coverage) for each in range(classes)])
    else:
        limits = np.full(classes, _limit(odd, coverage))
    return Conformal(method=method, coverage=coverage, limits=limits, seed=seed)


def _limit(odd: Floats64, coverage: float) -> float:
    """The ``ceil((n + 1) coverage)``-th smallest of n: what one more row stays below with that probability."""
    rank = math.ceil((len(odd) + 1) * coverage - 1e-9)
    return float(np.partition(odd, rank - 1)[rank - 1]) if rank <= len(odd) else math.inf


def _oddness(method: Method, probabilities: Probabilities, seed: int) -> Floats64:
    """(rows, classes) how odd each class would look as the true one; the most probable class is never odd: 0."""
    if method in {"lac", "class_conditional"}:
        odd = 1 - probabilities
    else:
        order = np.argsort(-probabilities, axis=1, kind="stable")
        ranked = np.take_along_axis(probabilities, order, axis=1)
        above = np.cumsum(ranked, axis=1) - ranked
        if method == "aps_randomised":
            above += _draws(probabilities, seed)[:, None] * ranked
        odd = np.empty_like(above)
        np.put_along_axis(odd, order, above, axis=1)
    odd[np.arange(len(odd)), probabilities.argmax(axis=1)] = 0
    return np.asarray(odd)


def _draws(probabilities: Probabilities, seed: int) -> Floats64:
    """(rows,) a number from 0 to 1 for each row, drawn from its own bits: the same row always gets the same one.

    The bits of each probability are mixed with its place, all of a row are added up, and that is mixed with the seed.
    """
    bits = np.ascontiguousarray(probabilities, dtype=np.float64).view(np.uint64)
    places = np.arange(1, bits.shape[1] + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    row = _mixed(bits ^ places).sum(axis=1, dtype=np.uint64)
    return np.asarray((_mixed(row + _mixed(np.array([seed], np.uint64))) >> np.uint64(11)).astype(np.float64) / 2.0**53)


def _mixed(bits: Hashes) -> Hashes:
    """Bits spread so that each depends on all (MurmurHash3's 64-bit finaliser, Appleby 2011)."""
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        bits = (bits ^ (bits >> np.uint64(33))) * np.uint64(factor)
    return np.asarray(bits ^ (bits >> np.uint64(33)))
