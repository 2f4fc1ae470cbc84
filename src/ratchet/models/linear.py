"""linear.v1: multinomial logistic regression; fast to fit on wide sparse rows, faster still to answer."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Bools, Floats32, Floats64, Labels, Probabilities
from ratchet.features.encoder import Columns, Matrix, Sparse, State
from ratchet.features.matrix import row_sums, to_scipy
from ratchet.features.table import TableEncoder
from ratchet.kinds.kind import Kind
from ratchet.models.contributions import Contributions, of_two, weighed
from ratchet.models.family import Choice, Model, Range, Shape
from ratchet.models.majority import shares
from ratchet.models.softmax import softmax
from ratchet.quiet import many_classes

NAME = "linear.v1"


class Linear:
    """The family.

    ``C`` is the inverse strength of the L2 penalty (the hinge loss takes a thirtieth of it, which penalises about as
    much), ``class_weight`` what a class's rows count for: ``none`` one each, ``balanced`` so much that every class
    counts the same, ``loss`` the logistic loss over all classes, or the squared hinge of each class against the others,
    which on wide sparse rows often answers better and always fits faster.  With the hinge, ``scaling`` says what a
    sparse output counts for before it is weighed: ``none`` one, ``ratio`` more where it speaks for or against a class
    (Wang & Manning 2012, "Baselines and Bigrams", section 2, with half of their interpolation).
    """

    name: ClassVar[str] = NAME
    meaning: ClassVar[str] = "weighs every word, number and category"
    encoders: ClassVar[Mapping[Kind, str]] = {
        Kind.NUMBER: "standard.v1",
        Kind.CATEGORY: "onehot.v1",
        Kind.DATE: "calendar.v1",
        Kind.TEXT: "ngrams.v2",
    }

    def space(self, shape: Shape) -> Mapping[str, Choice | Range]:
        wide, many = bool(shape.sparse), shape.classes > _MANY
        strength = (0.3, 100.0) if wide else (0.01, 10.0)
        space = {
            "class_weight": Choice(("none", "balanced")),
            "scaling": Choice(("none", "ratio")) if wide else Choice(("none",), beside=("ratio",)),
            "loss": Choice(("hinge", "log")),
        }
        if many or not wide:
            space["loss"] = Choice(("hinge",), beside=("log",)) if wide else Choice(("log",), beside=("hinge",))
        return {"C": Range(*strength, scale="log", points=5), **space}

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        if not shape.sparse:
            return {"C": 0.3, "class_weight": "none", "loss": "log", "scaling": "none"}
        balanced = "balanced" if shape.classes > 2 else "none"
        scaling = "none" if shape.classes > _MANY else "ratio"
        return {"C": 30.0 if shape.classes == 2 else 5.0, "class_weight": balanced, "loss": "hinge", "scaling": scaling}

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
    ) -> Model:
        present = np.unique(labels)
        dense = rows.dense.shape[1]
        if len(present) < 2:
            outputs = dense + (rows.sparse.width if rows.sparse else 0)
            return LinearModel.constant(shares(labels, classes), dense, outputs)
        cells = to_scipy(rows)
        if params["loss"] == "hinge" and params.get("scaling") == "ratio" and rows.sparse:
            weights, bias = _solve_scaled(cells, dense, labels, params, seed)
        else:
            weights, bias = _solve(cells, labels, params, seed)
        return LinearModel(*_over_all(weights, bias, present, classes), dense)


_NEVER = -30.0
"""The score of a class without a training row: a probability near 1e-13."""
_MANY = 10
"""Of more classes on wide rows the logistic loss takes many times as long as the hinge, and answers no better."""
_WEAKEST, _STRONGEST = 1e-12, 1e12
"""A C beyond these changes no answer any more: all weights are nothing, or nothing is penalised.  Solvers overflow
there, or never end."""
_HINGE_SHARE = 1 / 30
_HINGE_SLOPE = 3.0
"""Turns margins into log-odds.  A fixed number, near what calibration finds on texts; calibration then corrects it."""


def _solve(
    cells: Any, labels: Labels, params: Mapping[str, Any], seed: int
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """(columns, outputs) weights and (columns,) bias; one column where two classes are present."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    strength = min(max(float(params["C"]), _WEAKEST), _STRONGEST)
    class_weight = "balanced" if params["class_weight"] == "balanced" else None
    hinge = params["loss"] == "hinge"
    solver = (
        LinearSVC(C=strength * _HINGE_SHARE, class_weight=class_weight, tol=1e-3, random_state=seed % 2**31)
        if hinge
        else LogisticRegression(C=strength, class_weight=class_weight, max_iter=200, tol=1e-3)
    )
    with warnings.catch_warnings(), many_classes():
        warnings.simplefilter("ignore", ConvergenceWarning)  # near enough: the search judges the result
        solver.fit(cells, labels)
    slope = _HINGE_SLOPE if hinge else 1.0
    return slope * solver.coef_, slope * solver.intercept_


def _solve_scaled(
    cells: Any, dense: int, labels: Labels, params: Mapping[str, Any], seed: int
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """`_solve`, each class against the others on cells scaled by what they say of it; the weights are scaled back."""
    present = np.unique(labels)
    solved = []
    for each in present[1:] if len(present) == 2 else present:
        own = labels == each
        scale = _ratios(cells, dense, own)
        weights, bias = _solve(cells.multiply(scale).tocsr(), own.astype(np.int32), params, seed)
        solved.append((weights[0] * scale, bias[0]))
    return np.array([weights for weights, _ in solved]), np.array([bias for _, bias in solved])


def _ratios(cells: Any, dense: int, own: Bools) -> Floats64:
    """(columns,) half one, half the log-ratio of a column's share in the class to that outside; dense columns: one."""
    shares = []
    for rows in (own, ~own):
        total = np.asarray(cells[rows].sum(axis=0), dtype=np.float64).ravel()[dense:] + 1.0
        shares.append(total / total.sum())
    ratio = np.abs(np.log(shares[0] / shares[1]))
    return np.concatenate([np.ones(dense), 0.5 + 0.5 * ratio])


def _over_all(
    weights: npt.NDArray[Any], bias: npt.NDArray[Any], present: npt.NDArray[Any], classes: int
) -> tuple[Floats32, Floats64]:
    """(outputs, columns) weights and (columns,) bias over all classes, of those fitted on the ``present`` ones.

    Of two present classes only the second has fitted weights: the score of the first is 0.
    """
    columns = [0] if classes == 2 else present[-len(weights) :]
    wide = np.zeros((weights.shape[1], 1 if classes == 2 else classes), dtype=np.float32)
    wide[:, columns] = weights.T
    all_bias = np.full(wide.shape[1], _NEVER)
    all_bias[present if classes > 2 else columns] = 0.0
    all_bias[columns] = bias
    return wide, all_bias


class LinearModel:
    """A weight per output and class; one column of weights where there are two classes."""

    family: ClassVar[str] = NAME

    def __init__(self, weights: Floats32, bias: Floats64, dense: int) -> None:
        self._weights, self._bias, self._dense = weights, bias, dense
        self._left = weights[:dense].astype(np.float64)
        self._right = np.ascontiguousarray(weights[dense:, 0] if weights.shape[1] == 1 else weights[dense:])

    @classmethod
    def constant(cls, probabilities: Floats64, dense: int, outputs: int) -> Self:
        """The same probabilities whatever the row."""
        logs = np.log(np.clip(probabilities, 1e-13, 1.0))
        bias = logs[1:] - logs[:1] if len(logs) == 2 else logs
        return cls(np.zeros((outputs, len(bias)), dtype=np.float32), bias, dense)

    @property
    def weights(self) -> Floats32:
        """(outputs, classes), or (outputs, 1) of two classes: for the second, against the first."""
        return self._weights

    def predict(self, rows: Matrix) -> Probabilities:
        scores: npt.NDArray[Any] = self._bias
        if self._dense:
            # einsum without BLAS adds up each row in the same order, alone or among others
            scores = scores + np.einsum("ij,jk->ik", rows.dense, self._left, optimize=False)
        if rows.sparse is not None:
            scores = scores + self._gather(rows.sparse)
        return softmax(scores if scores.ndim == 2 else np.tile(scores, (len(rows), 1)))

    def contributions(self, row: Matrix, label: int) -> Contributions:
        """Cells times weights."""
        single = self._weights.shape[1] == 1
        column, sign = (0, of_two(label)) if single else (label, 1.0)
        right = self._right if single else self._right[:, column]
        outputs, values = weighed(row, self._left[:, column], right)
        return Contributions(
            method="linear",
            scale="log-odds" if single else "logit",
            base=sign * float(self._bias[column]),
            outputs=outputs,
            values=sign * values,
        )

    def folded(self, encoder: TableEncoder) -> Callable[[Columns], Probabilities] | None:
        """What answers to columns that ``encoder`` reads, with fewer cells; None where it cannot be done with fewer."""
        right = self._right if self._right.ndim == 2 else self._right[:, None]
        scores = encoder.folded(right)
        if scores is None:
            return None

        def answer(columns: Columns) -> Probabilities:
            dense, sums = scores(columns)
            found = self._bias + sums
            if self._dense:
                found = found + np.einsum("ij,jk->ik", dense, self._left, optimize=False)
            return softmax(found)

        return answer

    def _gather(self, rows: Sparse) -> npt.NDArray[Any]:
        """(rows, columns) each row's sum of values times weights."""
        picked = self._right[rows.indices]
        if picked.ndim == 1:
            return row_sums(picked * rows.values, rows.indptr)[:, None]
        return row_sums(picked * rows.values[:, None], rows.indptr)

    def state(self) -> State:
        return State(meta={"dense": self._dense}, arrays={"weights": self._weights, "bias": self._bias})

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls(state.arrays["weights"], state.arrays["bias"], int(state.meta["dense"]))
