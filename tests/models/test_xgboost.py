from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest

from ratchet.errors import MissingExtraError
from ratchet.features.encoder import Matrix, Sparse
from ratchet.features.matrix import to_scipy
from ratchet.models import xgboost as family
from ratchet.models.boosted import Boosted
from ratchet.models.family import Model, Shape
from ratchet.models.from_xgboost import read
from ratchet.models.xgboost import XGBoost, XGBoostModel

RANDOM = np.random.default_rng(0)
CELLS = RANDOM.normal(size=(400, 5)).astype(np.float32)
CELLS[RANDOM.random((400, 5)) < 0.15] = np.nan
CELLS[:, 3] = np.nan_to_num(CELLS[:, 3]).round()
TARGET = np.nan_to_num(CELLS[:, 0], nan=1.5) + CELLS[:, 3] * np.nan_to_num(CELLS[:, 1], nan=-1)

here = pytest.mark.skipif(importlib.util.find_spec("xgboost") is None, reason="needs the extra xgboost")


def made(cells: Any, labels: Any, classes: int = 2, **params: Any) -> XGBoostModel:
    model = made_of(Matrix(cells), labels, XGBoost(), classes, **params)
    assert isinstance(model, XGBoostModel)
    return model


def made_of(rows: Matrix, labels: Any, learner: XGBoost | Boosted, classes: int = 2, **params: Any) -> Model:
    shape = Shape(rows=len(labels), classes=classes, dense=rows.dense.shape[1])
    return learner.fit(rows, labels, classes, {**learner.defaults(shape), **params}, seed=0)


@here
@pytest.mark.parametrize("classes", [2, 4])
def test_scores_are_those_of_xgboost(classes: int) -> None:
    import xgboost

    labels = np.digitize(TARGET, np.quantile(TARGET, np.linspace(0, 1, classes + 1)[1:-1]))
    objective = (
        {"objective": "binary:logistic"} if classes == 2 else {"objective": "multi:softprob", "num_class": classes}
    )
    settings = {**objective, "max_depth": 5, "nthread": 1, "verbosity": 0}
    booster = xgboost.train(settings, xgboost.DMatrix(CELLS, labels), num_boost_round=30)
    trees, base = read(booster.save_raw("json").decode(), 30)
    columns = 1 if classes == 2 else classes
    unseen = RANDOM.normal(scale=2, size=(200, 5)).astype(np.float32)
    unseen[RANDOM.random((200, 5)) < 0.3] = np.nan
    splits = np.repeat(trees.threshold[trees.left != np.arange(len(trees.left))][:40, None], 5, axis=1)
    at_a_split = np.nextafter(splits.astype(np.float32), np.float32(np.inf))
    for rows in (CELLS, unseen, at_a_split, np.zeros((3, 5), np.float32)):
        expected = booster.predict(xgboost.DMatrix(rows), output_margin=True).reshape(len(rows), columns)
        found = trees.beginning_with(base).scores(rows, columns)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=2e-6)


@here
def test_the_same_leaves_are_reached() -> None:
    import xgboost

    booster = xgboost.train({"max_depth": 6, "verbosity": 0}, xgboost.DMatrix(CELLS, TARGET), num_boost_round=10)
    trees, _ = read(booster.save_raw("json").decode(), 10)
    leaves = booster.predict(xgboost.DMatrix(CELLS), pred_leaf=True).astype(int)
    reached = trees.reached(CELLS)
    for tree in range(10):
        pairs = {*zip(leaves[:, tree].tolist(), reached[:, tree].tolist(), strict=True)}
        assert len(pairs) == len({leaf for leaf, _ in pairs}) == len({node for _, node in pairs})


def said(rows: int, seed: int) -> tuple[Matrix, Any]:
    """Rows of a dense output, which is 0 or missing here and there, and of 60 words; one of two words is a class."""
    rng = np.random.default_rng(seed)
    dense = rng.integers(-1, 2, size=(rows, 2)).astype(np.float32)
    dense[rng.random((rows, 2)) < 0.2] = np.nan
    there = rng.random((rows, 60)) < 0.1
    word = np.nonzero(there)[1]
    values = rng.choice(np.array([0.5, 1.0, -1.0, 0.0], np.float32), len(word), p=[0.4, 0.4, 0.15, 0.05])
    sparse = Sparse(np.append(0, there.sum(axis=1).cumsum()), word.astype(np.int32), values, 60)
    labels = there[:, :6].any(axis=1) ^ (np.nan_to_num(dense[:, 0], nan=1) == 0) & (rng.random(rows) < 0.8)
    return Matrix(dense, sparse), labels.astype(np.int32)


@here
@pytest.mark.parametrize("count", [300, 2_500], ids=["node by node", "by masks"])
def test_sparse_rows_are_answered_as_xgboost_answers_them(count: int) -> None:
    import xgboost

    rows, labels = said(600, 0)
    settings = {"objective": "binary:logistic", "max_depth": 4, "base_score": 0.5, "nthread": 1, "verbosity": 0}
    booster = xgboost.train(settings, xgboost.DMatrix(to_scipy(rows, stored=True), labels), num_boost_round=40)
    trees, base = read(booster.save_raw("json").decode(), 40)
    unseen, _ = said(count, 1)
    expected = booster.predict(xgboost.DMatrix(to_scipy(unseen, stored=True)))
    found = XGBoostModel(trees.beginning_with(base), 1).predict(unseen)
    np.testing.assert_allclose(found[:, 1], expected, atol=2e-6)


@here
def test_words_are_learned_as_well_as_by_boosted() -> None:
    rows, labels = said(2_000, 2)
    unseen, truth = said(2_000, 3)
    right = [
        (made_of(rows, labels, each, rounds=300).predict(unseen).argmax(axis=1) == truth).mean()
        for each in (XGBoost(), Boosted())
    ]
    assert right[0] > max(right[1] - 0.02, 0.7)


@here
def test_rounds_are_chosen_on_rows_kept_out_and_told() -> None:
    labels = (TARGET + RANDOM.normal(size=400) > 0).astype(np.int32)
    history = made(CELLS, labels, learning_rate=0.1).history
    (curve,) = history.curves
    assert 5 < history.facts["rounds"] < 300
    assert curve.learned[-1] < curve.held[-1]


@here
def test_balanced_classes_count_the_same() -> None:
    labels = (TARGET + RANDOM.normal(size=400) > np.quantile(TARGET, 0.9)).astype(np.int32)
    none, balanced = (made(CELLS, labels, class_weight=each).predict(Matrix(CELLS)) for each in ("none", "balanced"))
    assert none[:, 1].mean() == pytest.approx(labels.mean(), abs=0.03)
    assert balanced[:, 1].mean() > labels.mean() + 0.1


@here
@pytest.mark.parametrize(
    "cells", [np.ones((60, 3)), np.full((60, 3), np.nan), np.zeros((60, 0)), np.full((60, 2), 3e38)]
)
def test_constant_missing_and_huge_cells(cells: Any) -> None:
    labels = np.array([0, 1, 1] * 20, np.int32)
    answers = made(cells.astype(np.float32), labels).predict(Matrix(cells.astype(np.float32)))
    assert answers[:, 1].mean() == pytest.approx(2 / 3, abs=0.1)


def test_without_the_extra_it_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(family, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError) as refused:
        XGBoost().content({})
    assert "pip install 'ratchet-ml[xgboost]'" in str(refused.value)
