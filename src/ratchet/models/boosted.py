"""boosted.v1: gradient-boosted trees (LightGBM); strong on numbers and categories without any preparation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from ratchet.arrays import Floats64, Ints, Labels
from ratchet.features.encoder import Matrix
from ratchet.features.matrix import to_scipy
from ratchet.kinds.kind import Kind
from ratchet.models.balance import class_weights
from ratchet.models.boosting import LARGE, SMALL, Watched, grown
from ratchet.models.family import NO_HINTS, Choice, Hints, Model, Range, Shape
from ratchet.models.from_lightgbm import read
from ratchet.models.grown import GrownModel
from ratchet.models.trees import Trees

NAME = "boosted.v1"
INT32 = 2**31 - 1
"""The largest whole number that LightGBM takes."""
_MANY = 10
"""Of more classes fewer rounds do: each grows a tree per class."""
_WIDE = 5_000
"""Of more sparse outputs, such as pairs of words, a tenth is enough for a split, and those in a handful of rows are
left alone: they are many, and say little of others; rounds are dear, so that fewer are taken by longer steps."""
_BINS, _SPARSE_BINS = 255, 2
"""Into how many bins the values of an output are put.  Of a sparse one, such as a word's weight, it counts whether it
is there: how much it weighs says more of the rest of the text, and makes answers worse."""
_HUGE = 500_000
"""So many rows bear larger trees and longer steps: half the rounds come as far."""


class Boosted:
    """The family.

    ``rounds`` is the most that are grown; with ``stopping`` on, how many are is chosen on rows kept out of those that
    are learned from (`ratchet.models.boosting`).  ``seeds`` boosters are grown, each on other draws of rows and
    columns, and their scores averaged.  ``columns`` is the share of outputs that a tree chooses from, or, where some
    are sparse, each of its splits.  ``categories`` says how codes of categories are split: ``sets`` sends any set of
    values one way (Fisher 1958; LightGBM's own way), ``order`` cuts their order by frequency.
    """

    name: ClassVar[str] = NAME
    meaning: ClassVar[str] = "many small decision trees, each mending those before"
    encoders: ClassVar[Mapping[Kind, str]] = {
        Kind.NUMBER: "numeric.v1",
        Kind.CATEGORY: "codes.v1",
        Kind.DATE: "calendar.v1",
        Kind.TEXT: "words.v2",
    }
    other_encoders: ClassVar[Mapping[Kind, tuple[str, ...]]] = {Kind.CATEGORY: ("onehot.v1", "target.v1")}
    """What else is worth a try for a kind, plainest first."""
    takes_hints: ClassVar[bool] = True

    def space(self, shape: Shape) -> Mapping[str, Choice | Range]:
        small, large, wide = shape.rows < SMALL, shape.rows >= LARGE, shape.sparse > _WIDE
        leaves = 31 if small else 255 if large else 63
        most, seeds = (int(self.defaults(shape)[name]) for name in ("rounds", "seeds"))
        return {
            "rounds": Range(most, most, scale="log", whole=True, most=INT32),
            "stopping": Choice(("on",), beside=("off",)),
            "seeds": Range(seeds, seeds, scale="log", whole=True, most=100),
            "learning_rate": Range(0.05 if wide else 0.02, 0.1 if small and not wide else 0.2, scale="log", points=3),
            "leaves": Range(
                3, 1023 if shape.rows >= _HUGE else leaves, scale="log", whole=True, points=3, least=2, most=131_072
            ),
            "min_leaf": Range(
                20 if wide else 5, 100 if small else 300, scale="log", whole=True, points=2, least=0, most=INT32
            ),
            "columns": Range(*(0.05, 0.5) if wide else (0.2, 1.0), points=2, least=0.01, most=1.0),
            "l2": Range(0.1, 100.0, scale="log", points=2, least=0.0),
            "categories": Choice(("sets", "order")),
            "class_weight": Choice(("none", "balanced")),
        }

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        many, large, huge = shape.classes > _MANY, shape.rows >= LARGE, shape.rows >= _HUGE
        wide = shape.sparse > _WIDE
        return {
            "rounds": 300 if many else 1_000 if shape.rows < SMALL else 3_000,
            "stopping": "on",
            "seeds": 3 if shape.classes == 2 and SMALL <= shape.rows < LARGE else 1,
            "learning_rate": 0.2 if huge and not many else 0.1 if many or large or wide else 0.04,
            "leaves": 63 if huge else 31 if large else 8,
            "min_leaf": 20,
            "columns": 0.1 if wide else 0.5,
            "l2": 1.0,
            "categories": "sets",
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
        if (not rows.dense.shape[1] and rows.sparse is None) or len(np.unique(labels)) < 2:
            return BoostedModel.constant(labels, classes)
        codes = hints.codes if params.get("categories") == "sets" else ()
        settings = _settings(params, classes, threads) | _of_columns(rows, float(params["columns"]))
        grower = LightGBM(rows, labels, class_weights(labels, classes, params), settings, codes)
        trees, history = grown(grower, labels, params, groups=hints.groups, seed=seed)
        return BoostedModel(trees, 1 if classes == 2 else classes, history)


class BoostedModel(GrownModel):
    """The trees that were grown."""

    family: ClassVar[str] = NAME


class LightGBM:
    """A `ratchet.models.boosting.Grower`.  The rows are put into bins once, whichever of them are learned from."""

    def __init__(
        self,
        rows: Matrix,
        labels: Labels,
        weights: Floats64 | None,
        settings: Mapping[str, Any],
        codes: Sequence[int],
    ) -> None:
        import lightgbm

        self._lightgbm, self._settings = lightgbm, settings
        self._all = lightgbm.Dataset(
            to_scipy(rows),
            labels,
            weight=weights,
            categorical_feature=list(codes),
            free_raw_data=True,
            params={
                **{key: settings[key] for key in ("verbose", "num_threads", "min_data_in_leaf")},
                **_bins(rows),
            },
        )

    def watched(self, learned: Ints, held: Ints, *, seed: int) -> Watched:
        booster = self._lightgbm.Booster({**self._settings, "seed": seed % 2**31}, self._part(learned))
        booster.add_valid(self._part(held), "held")
        return _Watched(booster)

    def whole(self, *, rounds: int, seed: int) -> Trees:
        settings = {**self._settings, "seed": seed % 2**31}
        booster = self._lightgbm.train(settings, self._all, num_boost_round=rounds, keep_training_booster=True)
        return read(booster.model_to_string())

    def _part(self, rows: Ints) -> Any:
        return self._all.subset(np.sort(rows).tolist())


class _Watched:
    """A `ratchet.models.boosting.Watched`."""

    def __init__(self, booster: Any) -> None:
        self._booster = booster

    def grow(self, rounds: int) -> tuple[float, float]:
        for _ in range(rounds):
            self._booster.update()
        ((_, _, learned, _),) = self._booster.eval_train()
        ((_, _, held, _),) = self._booster.eval_valid()
        return learned, held

    def trees(self, rounds: int) -> Trees:
        return read(self._booster.model_to_string(num_iteration=rounds))


def _of_columns(rows: Matrix, share: float) -> dict[str, Any]:
    """A tree chooses from a share of dense outputs, and a split from one of all, where some are sparse: for a tree
    LightGBM would copy the rows' sparse outputs, which takes longer than growing it.
    """
    return {"feature_fraction": share} if rows.sparse is None else {"feature_fraction_bynode": share}


def _bins(rows: Matrix) -> dict[str, Any]:
    """Of rows without sparse outputs LightGBM's own."""
    if rows.sparse is None:
        return {}
    return {"max_bin_by_feature": [_BINS] * rows.dense.shape[1] + [_SPARSE_BINS] * rows.sparse.width}


def _settings(params: Mapping[str, Any], classes: int, threads: int) -> dict[str, Any]:
    """LightGBM's own names for our parameters."""
    return {
        "objective": "binary" if classes == 2 else "multiclass",
        **({} if classes == 2 else {"num_class": classes}),
        "learning_rate": float(params["learning_rate"]),
        "num_leaves": int(params["leaves"]),
        "min_data_in_leaf": int(params["min_leaf"]),
        "lambda_l2": float(params["l2"]),
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "max_depth": 12,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": threads,
        "verbose": -1,
    }
