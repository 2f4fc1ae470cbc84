"""forest.v1: many deep trees, each on other draws of rows and columns; their leaves' class shares are averaged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Labels, Probabilities
from ratchet.features.encoder import Matrix, State
from ratchet.features.matrix import densified, to_scipy
from ratchet.kinds.kind import Kind
from ratchet.models.balance import class_weights
from ratchet.models.family import Choice, Model, Range, Shape
from ratchet.models.from_sklearn import read
from ratchet.models.majority import shares
from ratchet.models.trees import Trees, constant, joined
from ratchet.quiet import many_classes

NAME = "forest.v1"
_ROWS_AT_ONCE = 256
_MOST_DRAWN = 100_000
"""A tree is grown on at most so many rows, drawn for it."""
_DEPTH = 24
_LOWEST = float(np.finfo(np.float32).min)


class Forest:
    """The family.

    ``kind`` is ``random`` (the best threshold of each column drawn, rows drawn with replacement; Breiman 2001) or
    ``extra`` (a threshold by chance for each column drawn, all rows; Geurts et al. 2006).  ``columns`` is the share of
    outputs that each split chooses from.
    """

    name: ClassVar[str] = NAME
    meaning: ClassVar[str] = "many deep decision trees, averaged"
    encoders: ClassVar[Mapping[Kind, str]] = {
        Kind.NUMBER: "numeric.v1",
        Kind.CATEGORY: "onehot.v1",
        Kind.DATE: "calendar.v1",
        Kind.TEXT: "words.v2",
    }
    other_encoders: ClassVar[Mapping[Kind, tuple[str, ...]]] = {Kind.CATEGORY: ("codes.v1", "target.v1")}

    def space(self, shape: Shape) -> Mapping[str, Choice | Range]:
        trees = int(self.defaults(shape)["trees"])
        return {
            "trees": Range(trees, trees, scale="log", whole=True, most=10_000),
            "kind": Choice(("random", "extra")),
            "columns": Range(0.02, 1.0, scale="log", points=3, least=0.0, most=1.0),
            "min_leaf": Range(1, 200 if shape.rows >= 50_000 else 50, scale="log", whole=True, points=3, most=100_000),
            "class_weight": Choice(("none", "balanced")),
        }

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        width = max(shape.dense + shape.sparse, 1)
        return {
            "trees": 100 if shape.rows >= 50_000 or shape.classes > 10 else 200,
            "kind": "random",
            "columns": float(np.clip(round(1 / np.sqrt(width), 3), 0.02, 1.0)),
            "min_leaf": int(np.clip(shape.rows // 300, 2, 20)),
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
    ) -> Model:
        cells = to_scipy(rows)
        present = np.unique(labels)
        if not cells.shape[1] or len(present) < 2:
            return ForestModel(constant(shares(labels, classes)[None, :].astype(np.float32)))
        if rows.sparse is not None:  # in sparse rows scikit-learn takes no NaN: missing is less than any number
            cells.data = np.nan_to_num(cells.data, nan=_LOWEST)
        forest = _forest(params, len(labels), seed, threads)
        with many_classes():
            forest.fit(cells, labels, sample_weight=class_weights(labels, classes, params))
        grown = [read(each.tree_, present, classes, sparse=rows.sparse is not None) for each in forest.estimators_]
        return ForestModel(joined(grown))


def _forest(params: Mapping[str, Any], rows: int, seed: int, threads: int) -> Any:
    from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

    settings = {
        "n_estimators": int(params["trees"]),
        "max_features": max(float(params["columns"]), 1e-9),
        "min_samples_leaf": int(params["min_leaf"]),
        "max_depth": _DEPTH,
        "random_state": seed % 2**31,
        "n_jobs": threads,
    }
    drawn = {"bootstrap": True, "max_samples": _MOST_DRAWN} if rows > _MOST_DRAWN else {}
    if params["kind"] == "extra":
        return ExtraTreesClassifier(**settings, **drawn)
    return RandomForestClassifier(**settings, **drawn)


class ForestModel:
    """The trees that were grown; a leaf holds the shares of the classes."""

    family: ClassVar[str] = NAME

    def __init__(self, trees: Trees) -> None:
        self._trees = trees

    def predict(self, rows: Matrix) -> Probabilities:
        starts = range(0, len(rows), _ROWS_AT_ONCE)
        parts = [self._mean(densified(rows, start, start + _ROWS_AT_ONCE)) for start in starts]
        return np.concatenate(parts) if parts else np.zeros((0, self._trees.value.shape[1]))

    def _mean(self, cells: npt.NDArray[Any]) -> Probabilities:
        leaves = self._trees.value[self._trees.reached(cells)]
        mean = leaves.sum(axis=1, dtype=np.float64)
        return np.asarray(mean / mean.sum(axis=1, keepdims=True))

    def state(self) -> State:
        return State(meta={"depth": self._trees.depth}, arrays=self._trees.arrays())

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls(Trees.from_arrays(state.arrays, int(state.meta["depth"])))
