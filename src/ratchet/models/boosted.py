"""boosted.v1: gradient-boosted trees (LightGBM); strong on numbers and categories without any preparation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from ratchet.arrays import Labels, Probabilities
from ratchet.features.encoder import Matrix, State
from ratchet.features.matrix import densified, to_scipy
from ratchet.kinds.kind import Kind
from ratchet.models.family import Choice, Model, Range, Shape
from ratchet.models.softmax import softmax
from ratchet.models.trees import Trees, read

NAME = "boosted.v1"
_ROWS_AT_ONCE = 512
_INT32 = 2**31 - 1
"""The largest whole number that LightGBM takes."""
_MANY = 10
"""Of more classes fewer rounds do: each grows a tree per class."""


class Boosted:
    """The family.  On small tables it learns slowly, with small trees."""

    name: ClassVar[str] = NAME
    encoders: ClassVar[Mapping[Kind, str]] = {
        Kind.NUMBER: "numeric.v1",
        Kind.CATEGORY: "codes.v1",
        Kind.DATE: "calendar.v1",
        Kind.TEXT: "words.v1",
    }

    def space(self, shape: Shape) -> Mapping[str, Choice | Range]:
        small, many = shape.rows < 5_000, shape.classes > _MANY
        return {
            "rounds": Range(25 if many else 50, 150 if many else 600, scale="log", whole=True, points=3, most=_INT32),
            "learning_rate": Range(0.02, 0.1 if small else 0.2, scale="log", points=3),
            "leaves": Range(3, 16 if small else 63, scale="log", whole=True, points=3, least=2, most=131_072),
            "min_leaf": Range(10, 100 if small else 300, scale="log", whole=True, points=2, least=0, most=_INT32),
            "columns": Range(0.3, 1.0, points=2, least=0.01, most=1.0),
            "l2": Range(0.1, 100.0, scale="log", points=2, least=0.0),
            "class_weight": Choice(("none", "balanced")),
        }

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        small = shape.rows < 5_000
        return {
            "rounds": 50 if shape.classes > _MANY else 100,
            "learning_rate": 0.05 if small else 0.1,
            "leaves": 8 if small else 15,
            "min_leaf": 20,
            "columns": 0.5,
            "l2": 1.0,
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
        import lightgbm

        data = lightgbm.Dataset(
            to_scipy(rows), labels, weight=_weights(labels, classes, params), free_raw_data=True, params={"verbose": -1}
        )
        settings = _settings(params, classes, seed, threads)
        booster = lightgbm.train(settings, data, num_boost_round=int(params["rounds"]))
        return BoostedModel(read(booster.model_to_string()), 1 if classes == 2 else classes)


def _settings(params: Mapping[str, Any], classes: int, seed: int, threads: int) -> dict[str, Any]:
    """LightGBM's own names for our parameters."""
    return {
        "objective": "binary" if classes == 2 else "multiclass",
        **({} if classes == 2 else {"num_class": classes}),
        "learning_rate": float(params["learning_rate"]),
        "num_leaves": int(params["leaves"]),
        "min_data_in_leaf": int(params["min_leaf"]),
        "feature_fraction": float(params["columns"]),
        "lambda_l2": float(params["l2"]),
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "max_depth": 12,
        "seed": seed % 2**31,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": threads,
        "verbose": -1,
    }


def _weights(labels: Labels, classes: int, params: Mapping[str, Any]) -> Any:
    """(rows,) so that each class counts the same, or None."""
    if params["class_weight"] != "balanced":
        return None
    counts = np.bincount(labels, minlength=classes)
    return (len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1)))[labels]


class BoostedModel:
    """The trees that were grown."""

    family: ClassVar[str] = NAME

    def __init__(self, trees: Trees, columns: int) -> None:
        self._trees, self._columns = trees, columns

    def predict(self, rows: Matrix) -> Probabilities:
        if not len(rows):
            return np.zeros((0, max(self._columns, 2)))
        starts = range(0, len(rows), _ROWS_AT_ONCE)
        scores = [self._trees.scores(densified(rows, start, start + _ROWS_AT_ONCE), self._columns) for start in starts]
        return softmax(np.concatenate(scores))

    def state(self) -> State:
        meta = {"columns": self._columns, "depth": self._trees.depth}
        return State(meta=meta, arrays=self._trees.arrays())

    @classmethod
    def from_state(cls, state: State) -> Self:
        trees = Trees(**state.arrays, depth=int(state.meta["depth"]))
        return cls(trees, int(state.meta["columns"]))
