"""svm.v1: a support vector machine for each class against the others, its margins calibrated.

On dense rows the kernel is Gaussian, by landmarks (Williams, Seeger 2001, "Using the Nystroem Method to Speed Up Kernel
Machines"), so that learning takes time in proportion to the rows and an answer a product with a few hundred of them.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from ratchet import clock
from ratchet.arrays import Bools, Floats32, Floats64, Ints, Labels, Probabilities
from ratchet.features.encoder import Matrix, State
from ratchet.features.matrix import row_sums, take, to_scipy
from ratchet.kinds.kind import Kind
from ratchet.models import platt
from ratchet.models.balance import class_weights
from ratchet.models.contributions import Contributions, of_two, weighed
from ratchet.models.family import NO_HINTS, Choice, Hints, Model, Range, Shape
from ratchet.models.inner import inner_folds
from ratchet.models.majority import shares

NAME = "svm.v1"
FOLDS = 3
"""A class's sigmoid is fitted to margins of rows that the machine of that fold has not learned from."""
FEWEST_ROWS = 40
"""Of fewer rows margins become log-odds by a fixed slope."""
_MOST_ROWS = 100_000
"""More rows than this are not learned from with a Gaussian kernel; so many are drawn."""
_NEVER = -30.0
FURTHEST = 1e6
"""Dense cells are held within this, so that no square overflows."""
_FLOOR = 1e-6
"""Directions of the landmarks' kernel weaker than this share of the strongest are not made stronger."""


class SVM:
    """The family.

    ``C`` is the inverse strength of the penalty; ``kernel`` ``rbf`` or ``linear``, of the dense outputs (sparse ones
    are always weighed linearly); ``gamma`` how narrow the Gaussian is: at 1, two rows at the mean squared distance have
    exp(-1) in common; ``landmarks`` how many rows the others are compared with.
    """

    name: ClassVar[str] = NAME
    meaning: ClassVar[str] = "support vector machines, their margins calibrated"
    encoders: ClassVar[Mapping[Kind, str]] = {
        Kind.NUMBER: "standard.v1",
        Kind.CATEGORY: "onehot.v1",
        Kind.DATE: "calendar.v1",
        Kind.TEXT: "ngrams.v2",
    }
    other_encoders: ClassVar[Mapping[Kind, tuple[str, ...]]] = {Kind.NUMBER: ("robust.v1",)}
    takes_hints: ClassVar[bool] = True

    def space(self, shape: Shape) -> Mapping[str, Choice | Range]:
        kernel = Choice(("linear",), beside=("rbf",)) if shape.sparse else Choice(("rbf", "linear"))
        return {
            "C": Range(0.01, 30.0, scale="log", points=5),
            "kernel": kernel,
            "gamma": Range(0.1, 4.0, scale="log", points=4),
            "landmarks": Range(500, 500, scale="log", whole=True, most=5_000),
            "class_weight": Choice(("none", "balanced")),
        }

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        return {
            "C": 0.3,
            "kernel": "linear" if shape.sparse else "rbf",
            "gamma": 0.5,
            "landmarks": 500,
            "class_weight": "none",
        }

    def fit(
        self,
        rows: Matrix,
        labels: Labels,
        classes: int,
        params: Mapping[str, Any],
        *,
        seed: int,
        threads: int = 1,
        names: Sequence[str] = (),
        hints: Hints = NO_HINTS,
    ) -> Model:
        width = rows.dense.shape[1] + (rows.sparse.width if rows.sparse else 0)
        if len(np.unique(labels)) < 2 or not width:
            return SVMModel.constant(shares(labels, classes), rows.dense.shape[1], width)
        groups = hints.groups
        if params["kernel"] == "rbf" and len(labels) > _MOST_ROWS:
            drawn = np.sort(clock.rng("svm rows", seed).choice(len(labels), _MOST_ROWS, replace=False))
            rows, labels, groups = take(rows, drawn), labels[drawn], None if groups is None else groups[drawn]
        kernel = _Kernel.of(rows, params, seed)
        weights = class_weights(labels, classes, params)
        machine = _Machine(kernel.features(rows), labels, np.ones(len(labels)) if weights is None else weights, classes)
        solved, bias = machine.calibrated(float(params["C"]), groups, seed)
        return kernel.model(solved, bias)


@dataclass(frozen=True, slots=True)
class _Kernel:
    """How dense cells are compared: with landmarks, or, without any, not at all: they are weighed as they are."""

    landmarks: Floats64
    """(landmarks, dense)"""
    spread: Floats64
    """(landmarks, landmarks) the inverse square root of the landmarks' kernel."""
    gamma: float
    dense: int

    @classmethod
    def of(cls, rows: Matrix, params: Mapping[str, Any], seed: int) -> Self:
        count, dense = rows.dense.shape
        if params["kernel"] != "rbf" or not dense:
            return cls(np.zeros((0, dense)), np.zeros((0, 0)), 0.0, dense)
        cells = _held(rows.dense)
        drawn = clock.rng("landmarks", seed).choice(count, min(int(params["landmarks"]), count), replace=False)
        apart = 2 * float(cells.var(axis=0).sum())
        gamma = float(params["gamma"]) / apart if apart > 0 else 1.0
        # Single precision, as they are kept: what is learned from is what is answered by.
        landmarks = cells[np.sort(drawn)].astype(np.float32).astype(np.float64)
        strength, directions = np.linalg.eigh(_gaussian(landmarks, landmarks, gamma))
        root = np.sqrt(np.maximum(strength, _FLOOR * strength.max()))
        return cls(landmarks, (directions / root) @ directions.T, gamma, dense)

    def features(self, rows: Matrix) -> Any:
        """(rows, features) what a linear machine learns from."""
        from scipy import sparse

        cells = _held(rows.dense)
        left = _gaussian(cells, self.landmarks, self.gamma) @ self.spread if len(self.landmarks) else cells
        if rows.sparse is None:
            return left
        right = to_scipy(Matrix(np.zeros((len(rows), 0), dtype=np.float32), rows.sparse)).astype(np.float64)
        return sparse.hstack([sparse.csr_matrix(left), right], format="csr") if left.shape[1] else right

    def model(self, solved: Floats64, bias: Floats64) -> SVMModel:
        """The model of (features, columns) weights: those of landmarks are for their kernel as it is."""
        left = len(self.landmarks) or self.dense
        weights = self.spread @ solved[:left] if len(self.landmarks) else solved[:left]
        landmarks = self.landmarks.astype(np.float32)
        return SVMModel(landmarks, self.gamma, weights, solved[left:].astype(np.float32), bias)


@dataclass(frozen=True, slots=True)
class _Machine:
    """Linear machines, each of a class against the others."""

    cells: Any
    labels: Labels
    weights: Floats64
    classes: int

    def calibrated(self, strength: float, groups: Ints | None, seed: int) -> tuple[Floats64, Floats64]:
        """(features, columns) weights and (columns,) bias whose sums are log-odds of the classes."""
        columns = [1] if self.classes == 2 else list(range(self.classes))
        width = self.cells.shape[1]
        solved, bias = np.zeros((width, len(columns))), np.full(len(columns), _NEVER)
        margins = self._left_out(columns, inner_folds(self.labels, groups, folds=FOLDS, seed=seed), strength, seed)
        for column, each in enumerate(columns):
            own = self.labels == each
            if own.any():
                weights, offset = _solved(self.cells, own, self.weights, strength, seed)
                slope, shift = self._sigmoid(own, margins[:, column])
                solved[:, column], bias[column] = slope * weights, slope * offset + shift
        return solved, bias

    def _left_out(self, columns: Sequence[int], fold: Ints, strength: float, seed: int) -> Floats64:
        """(rows, columns) margins by machines that have not learned from the row; NaN where there was none to ask."""
        margins = np.full((len(fold), len(columns)), np.nan)
        if len(fold) < FEWEST_ROWS:
            return margins
        for each in range(FOLDS):
            inside = fold != each
            learned, asked = self.cells[inside], self.cells[~inside]
            for column, named in enumerate(columns):
                own = self.labels[inside] == named
                if len(np.unique(own)) == 2 and not inside.all():
                    weights, offset = _solved(learned, own, self.weights[inside], strength, seed)
                    margins[~inside, column] = asked @ weights + offset
        return margins

    def _sigmoid(self, own: Bools, margins: Floats64) -> tuple[float, float]:
        """Slope and offset from margins to log-odds."""
        known = ~np.isnan(margins)
        if not known.any():
            return platt.SLOPE, 0.0
        return platt.fitted(margins[known], own[known], self.weights[known])


def _solved(cells: Any, own: Bools, weights: Floats64, strength: float, seed: int) -> tuple[Floats64, float]:
    """(features,) weights and the bias of a machine of a class against the others."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import LinearSVC

    solver = LinearSVC(C=strength, dual="auto", tol=1e-3, random_state=seed % 2**31)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # near enough: the search judges the result
        solver.fit(cells, own, sample_weight=weights)
    return solver.coef_[0], float(solver.intercept_[0])


class SVMModel:
    """A weight per landmark, or per dense output, and one per sparse output, for each class against the others."""

    family: ClassVar[str] = NAME

    def __init__(self, landmarks: Floats32, gamma: float, left: Floats64, right: Floats32, bias: Floats64) -> None:
        self._landmarks, self._gamma, self._bias = landmarks, gamma, bias
        self._left, self._right = left, right
        self._wide = landmarks.astype(np.float64)

    @classmethod
    def constant(cls, found: Floats64, dense: int, width: int) -> Self:
        """The same probabilities whatever the row."""
        held = np.clip(found, 1e-13, 1 - 1e-13)
        bias = np.log(held / (1 - held))
        bias = bias[1:] if len(bias) == 2 else bias
        left, right = np.zeros((dense, len(bias))), np.zeros((width - dense, len(bias)), dtype=np.float32)
        return cls(np.zeros((0, dense), dtype=np.float32), 0.0, left, right, bias)

    def predict(self, rows: Matrix) -> Probabilities:
        cells = _held(rows.dense)
        left = _gaussian(cells, self._wide, self._gamma) if len(self._wide) else cells
        # einsum without BLAS adds up each row in the same order, alone or among others
        scores = self._bias + np.einsum("ij,jk->ik", left, self._left, optimize=False)
        if rows.sparse is not None:
            picked = self._right[rows.sparse.indices] * rows.sparse.values[:, None]
            scores = scores + row_sums(picked, rows.sparse.indptr)
        return platt.probabilities(scores)

    def contributions(self, row: Matrix, label: int) -> Contributions | None:
        """Cells times weights; of a Gaussian kernel, which looks at all dense outputs together, None."""
        if len(self._wide):
            return None
        column, sign = (0, of_two(label)) if self._left.shape[1] == 1 else (label, 1.0)
        held = Matrix(_held(row.dense).astype(np.float32), row.sparse)
        outputs, values = weighed(held, self._left[:, column], self._right[:, column])
        base = sign * float(self._bias[column])
        return Contributions(method="linear", scale="log-odds", base=base, outputs=outputs, values=sign * values)

    def state(self) -> State:
        arrays: dict[str, npt.NDArray[Any]] = {"landmarks": self._landmarks, "bias": self._bias}
        return State(meta={"gamma": self._gamma}, arrays={**arrays, "left": self._left, "right": self._right})

    @classmethod
    def from_state(cls, state: State) -> Self:
        arrays = state.arrays
        return cls(arrays["landmarks"], float(state.meta["gamma"]), arrays["left"], arrays["right"], arrays["bias"])


def _held(cells: Floats32) -> Floats64:
    """Dense cells in double precision, missing ones 0."""
    return np.clip(np.nan_to_num(cells.astype(np.float64), nan=0.0), -FURTHEST, FURTHEST)


def _gaussian(rows: Floats64, landmarks: Floats64, gamma: float) -> Floats64:
    """(rows, landmarks) exp(-gamma |x - l|^2)."""
    # |x - l|^2 = |x|^2 + |l|^2 - 2 x l, with einsum so that a row's sums do not depend on the rows beside it.
    across = np.einsum("ij,kj->ik", rows, landmarks, optimize=False)
    squares = np.einsum("ij,ij->i", rows, rows)[:, None] + np.einsum("ij,ij->i", landmarks, landmarks)
    return np.asarray(np.exp(-gamma * np.maximum(squares - 2 * across, 0)))
