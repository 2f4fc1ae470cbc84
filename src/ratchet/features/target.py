"""target.v1: a category as how much it speaks for each class, for columns of many values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from ratchet import clock
from ratchet.arrays import Floats32, Floats64, Ints
from ratchet.features.categories import FIRST, Categories
from ratchet.features.encoder import Column, Matrix, State, Target, pick
from ratchet.kinds.kind import Kind

MOST = 100_000
FOLDS = 5
"""Training rows are encoded by what the other folds' labels say."""
LEAST, LARGEST = 1.0, 1e4
"""How many rows of the whole table's mix each value is given, at least and at most."""
_SMALLEST = 1e-6


class TargetShares:
    """One output per class, of two classes only for the second: the log-odds of the class among the value's rows, less
    those among all rows.  Values seen once or never speak together, missing ones too: 0 where training had none.

    Shares are drawn towards those of all rows, the more the fewer rows a value has and the less the values differ by
    more than chance (Micci-Barreca 2001, "A Preprocessing Scheme for High-Cardinality Categorical Attributes in
    Classification and Prediction Problems", section 3; variances as in a one-way analysis of variance).

    Training rows must not be encoded by their own labels, which would make a value of few rows seem to know them:
    `cross_fitted` encodes each by the labels of other rows only.
    """

    name: ClassVar[str] = "target.v1"
    reads: ClassVar[frozenset[Kind]] = frozenset({Kind.CATEGORY})
    supervised: ClassVar[bool] = True

    def __init__(self, values: Sequence[str] = (), says: Floats32 | None = None) -> None:
        self._known = Categories(values)
        self._says = np.zeros((len(values) + FIRST, 1), dtype=np.float32) if says is None else says

    def fit(self, column: Column, target: Target | None = None) -> Self:
        assert target is not None, "a supervised encoder is given the target"
        known = Categories.learn(column, most=MOST)
        counts = _counts(known.codes(column), target, len(known.values) + FIRST)
        return type(self)(known.values, _said(counts))

    def transform(self, column: Column) -> Matrix:
        return Matrix(self._says[self._known.codes(column)])

    def cross_fitted(self, column: Column, target: Target, seed: int) -> Matrix:
        """(rows, outputs) each row as an encoder fitted without it, and without its fold, encodes it."""
        fold = clock.rng("target folds", seed).permutation(len(target)) % FOLDS
        cells = np.zeros((len(target), _width(target.classes)), dtype=np.float32)
        for each in range(FOLDS):
            inside, others = np.flatnonzero(fold == each), np.flatnonzero(fold != each)
            made = self.fit(pick({"": column}, others)[""], Target(target.labels[others], target.classes))
            cells[inside] = made.transform(pick({"": column}, inside)[""]).dense
        return Matrix(cells)

    @property
    def widths(self) -> tuple[int, int]:
        return self._says.shape[1], 0

    @property
    def known(self) -> frozenset[str] | None:
        return frozenset(self._known.values)

    def names(self) -> Sequence[str]:
        width = self._says.shape[1]
        return [f"speaks for class {number}" for number in (range(width) if width > 1 else [1])]

    def state(self) -> State:
        return State(meta={"values": list(self._known.values)}, arrays={"says": self._says})

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls(state.meta["values"], state.arrays["says"])


def _width(classes: int) -> int:
    return 1 if classes == 2 else classes


def _counts(codes: Ints, target: Target, width: int) -> Floats64:
    """(codes, classes) how many rows have each."""
    cells = codes * target.classes + target.labels
    counts = np.bincount(cells, minlength=width * target.classes).astype(np.float64)
    return counts.reshape(width, target.classes)


def _said(counts: Floats64) -> Floats32:
    """(codes, outputs) log-odds of the classes for each code, less those of all rows; a code of no rows says 0."""
    rows, classes = counts.sum(axis=1, keepdims=True), counts.shape[1]
    prior = (counts.sum(axis=0) + 1 / classes) / (counts.sum() + 1)
    pull = _pull(counts)
    shares = (counts + pull * prior) / (rows + pull)
    said = _log_odds(shares) - _log_odds(prior)
    return np.asarray(said[:, 1:] if classes == 2 else said, dtype=np.float32)


def _pull(counts: Floats64) -> float:
    """How many rows of the whole table's mix each code gets: variance within codes over variance between them."""
    # Two codes of 50 rows, with 10 and 40 of class 1: within 2 * 50 * .2 * .8 / 98 = .163; between, the squares of .3
    # times 100 rows are 9, less the .163 that chance gives them, over 100 - 50: .177.  So a code gets .92 rows: 1.
    seen = counts[counts.sum(axis=1) > 0]
    rows, total = seen.sum(axis=1, keepdims=True), float(seen.sum())
    if total <= len(seen) or len(seen) < 2:
        return LEAST
    shares, prior = seen / rows, seen.sum(axis=0) / total
    within = float((rows * shares * (1 - shares)).sum()) / (total - len(seen))
    spread = float((rows * (shares - prior) ** 2).sum()) - (len(seen) - 1) * within
    between = spread / (total - float((rows**2).sum()) / total)
    return float(np.clip(within / between, LEAST, LARGEST)) if between > within / LARGEST else LARGEST


def _log_odds(shares: npt.NDArray[np.float64]) -> Floats64:
    held = np.clip(shares, _SMALLEST, 1 - _SMALLEST)
    return np.asarray(np.log(held / (1 - held)))
