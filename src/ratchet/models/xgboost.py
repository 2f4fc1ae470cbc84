"""xgboost.v1: gradient-boosted trees grown by XGBoost, level by level; answering needs NumPy only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np

from ratchet.arrays import Floats64, Ints, Labels
from ratchet.errors import MissingExtraError
from ratchet.features.encoder import Matrix
from ratchet.features.matrix import to_scipy
from ratchet.kinds.kind import Kind
from ratchet.models.balance import class_weights
from ratchet.models.boosting import LARGE, SMALL, Watched, grown
from ratchet.models.family import NO_HINTS, Choice, Hints, Model, Range, Shape
from ratchet.models.from_xgboost import read
from ratchet.models.grown import GrownModel
from ratchet.models.trees import Trees

NAME = "xgboost.v1"
_MANY = 10
_INT32 = 2**31 - 1


class XGBoost:
    """The family: as `ratchet.models.boosted.Boosted`, but trees are cut at a ``depth``, all splits of which are tried
    before any of the next, and categories are one-hot.
    """

    name: ClassVar[str] = NAME
    meaning: ClassVar[str] = "boosted trees of XGBoost (extra xgboost)"
    encoders: ClassVar[Mapping[Kind, str]] = {
        Kind.NUMBER: "numeric.v1",
        Kind.CATEGORY: "onehot.v1",
        Kind.DATE: "calendar.v1",
        Kind.TEXT: "words.v2",
    }
    other_encoders: ClassVar[Mapping[Kind, tuple[str, ...]]] = {Kind.CATEGORY: ("codes.v1", "target.v1")}
    takes_hints: ClassVar[bool] = True

    def space(self, shape: Shape) -> Mapping[str, Choice | Range]:
        small, large = shape.rows < SMALL, shape.rows >= LARGE
        most, seeds = (int(self.defaults(shape)[name]) for name in ("rounds", "seeds"))
        return {
            "rounds": Range(most, most, scale="log", whole=True, most=_INT32),
            "stopping": Choice(("on",), beside=("off",)),
            "seeds": Range(seeds, seeds, scale="log", whole=True, most=100),
            "learning_rate": Range(0.02, 0.1 if small else 0.2, scale="log", points=3),
            "depth": Range(2, 6 if small else 12 if large else 9, whole=True, points=3, least=1, most=24),
            "min_weight": Range(0.5, 50.0, scale="log", points=3, least=0.0),
            "columns": Range(0.2, 1.0, points=2, least=0.01, most=1.0),
            "l2": Range(0.1, 100.0, scale="log", points=2, least=0.0),
            "class_weight": Choice(("none", "balanced")),
        }

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        many, large = shape.classes > _MANY, shape.rows >= LARGE
        return {
            "rounds": 300 if many else 3_000,
            "stopping": "on",
            "seeds": 3 if shape.classes == 2 and SMALL <= shape.rows < LARGE else 1,
            "learning_rate": 0.1 if many or large else 0.04,
            "depth": 6 if large else 3,
            "min_weight": 4.0,
            "columns": 0.5,
            "l2": 1.0,
            "class_weight": "none",
        }

    def content(self, params: Mapping[str, Any]) -> str:
        """It reads nothing beside the rows; raises `MissingExtraError` where XGBoost is not installed."""
        needed()
        return ""

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
        needed()
        if (not rows.dense.shape[1] and rows.sparse is None) or len(np.unique(labels)) < 2:
            return XGBoostModel.constant(labels, classes)
        weights = class_weights(labels, classes, params)
        grower = _Grower(to_scipy(rows, stored=True), labels, weights, _settings(params, classes, threads))
        trees, history = grown(grower, labels, params, groups=hints.groups, seed=seed)
        return XGBoostModel(trees, 1 if classes == 2 else classes, history)


def needed() -> None:
    """Raises `MissingExtraError` where XGBoost is not installed."""
    if find_spec("xgboost") is None:
        raise MissingExtraError(NAME, "xgboost")


class XGBoostModel(GrownModel):
    """The trees that were grown; what the scores begin with is in the first trees' leaves.

    XGBoost takes a cell that sparse rows do not store as missing, while it learns, and so do these trees.
    """

    family: ClassVar[str] = NAME
    empty: ClassVar[float] = np.nan


class _Grower:
    """A `ratchet.models.boosting.Grower`."""

    def __init__(self, cells: Any, labels: Labels, weights: Floats64 | None, settings: Mapping[str, Any]) -> None:
        self._cells, self._labels, self._weights, self._settings = cells, labels, weights, settings

    def watched(self, learned: Ints, held: Ints, *, seed: int) -> Watched:
        settings = {**self._settings, "seed": seed % 2**31}
        return _Watched(settings, self._rows(learned), self._rows(held))

    def whole(self, *, rounds: int, seed: int) -> Trees:
        import xgboost

        settings = {**self._settings, "seed": seed % 2**31}
        return _trees(xgboost.train(settings, self._rows(np.arange(len(self._labels))), num_boost_round=rounds), rounds)

    def _rows(self, rows: Ints) -> Any:
        import xgboost

        chosen = np.sort(rows)
        weights = None if self._weights is None else self._weights[chosen]
        return xgboost.DMatrix(self._cells[chosen], self._labels[chosen], weight=weights, nthread=1)


class _Watched:
    """A `ratchet.models.boosting.Watched`."""

    def __init__(self, settings: Mapping[str, Any], learned: Any, held: Any) -> None:
        import xgboost

        self._learned, self._sides = learned, [(learned, "learned"), (held, "held")]
        self._booster = xgboost.Booster(dict(settings), [learned, held])

    def grow(self, rounds: int) -> tuple[float, float]:
        for _ in range(rounds):
            self._booster.update(self._learned, self._booster.num_boosted_rounds())
        said = self._booster.eval_set(self._sides)  # "[9]\tlearned-logloss:0.41\theld-logloss:0.52"
        learned, held = (float(each.rpartition(":")[2]) for each in said.split("\t")[1:])
        return learned, held

    def trees(self, rounds: int) -> Trees:
        return _trees(self._booster, rounds)


def _trees(booster: Any, rounds: int) -> Trees:
    """The first rounds, with what the scores begin with in the leaves of the first of them."""
    trees, base = read(booster.save_raw("json").decode(), rounds)
    return trees.beginning_with(base)


def _settings(params: Mapping[str, Any], classes: int, threads: int) -> dict[str, Any]:
    """XGBoost's own names for our parameters."""
    return {
        "objective": "binary:logistic" if classes == 2 else "multi:softprob",
        **({} if classes == 2 else {"num_class": classes}),
        "eval_metric": "logloss" if classes == 2 else "mlogloss",
        "tree_method": "hist",
        "eta": float(params["learning_rate"]),
        "max_depth": int(params["depth"]),
        "min_child_weight": float(params["min_weight"]),
        "colsample_bytree": float(params["columns"]),
        "subsample": 0.8,
        "lambda": float(params["l2"]),
        "nthread": threads,
        "verbosity": 0,
    }
