from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ratchet.features.encoder import Matrix, Sparse
from ratchet.models.family import Shape
from ratchet.models.forest import Forest, ForestModel
from ratchet.models.from_sklearn import read
from ratchet.models.trees import joined

RANDOM = np.random.default_rng(0)
CELLS = RANDOM.normal(size=(400, 5)).astype(np.float32)
CELLS[RANDOM.random((400, 5)) < 0.15] = np.nan
CELLS[:, 3] = np.nan_to_num(CELLS[:, 3]).round()
TARGET = np.nan_to_num(CELLS[:, 0], nan=1.5) + CELLS[:, 3] * np.nan_to_num(CELLS[:, 1], nan=-1)
LABELS = (TARGET > 0).astype(np.int32)


def made(rows: Matrix, labels: Any, classes: int = 2, **params: Any) -> ForestModel:
    shape = Shape(rows=len(labels), classes=classes, dense=rows.dense.shape[1])
    chosen = {**Forest().defaults(shape), "trees": 20, **params}
    model = Forest().fit(rows, labels, classes, chosen, seed=0)
    assert isinstance(model, ForestModel)
    return model


@pytest.mark.parametrize("kind", ["RandomForestClassifier", "ExtraTreesClassifier"])
def test_answers_are_those_of_scikit_learn(kind: str) -> None:
    from sklearn import ensemble

    labels = np.digitize(TARGET, np.quantile(TARGET, [0.3, 0.6]))
    forest = getattr(ensemble, kind)(20, random_state=0).fit(CELLS, labels)
    trees = joined([read(each.tree_, np.arange(3), 3, sparse=False) for each in forest.estimators_])
    unseen = RANDOM.normal(scale=2, size=(200, 5)).astype(np.float32)
    unseen[RANDOM.random((200, 5)) < 0.3] = np.nan
    for rows in (CELLS, unseen, np.nan_to_num(unseen).round(), np.zeros((3, 5), np.float32)):
        found = ForestModel(trees).predict(Matrix(rows))
        np.testing.assert_allclose(found, forest.predict_proba(rows), atol=1e-6)


@pytest.mark.parametrize("kind", ["random", "extra"])
def test_trees_are_those_that_scikit_learn_grows(kind: str) -> None:
    from sklearn import ensemble

    of = {"random": ensemble.RandomForestClassifier, "extra": ensemble.ExtraTreesClassifier}[kind]
    forest = of(20, max_features=0.5, min_samples_leaf=2, max_depth=24, random_state=0).fit(CELLS, LABELS)
    found = made(Matrix(CELLS), LABELS, kind=kind, columns=0.5, min_leaf=2).predict(Matrix(CELLS))
    np.testing.assert_allclose(found, forest.predict_proba(CELLS), atol=1e-6)


def test_sparse_rows_answer_as_the_same_dense_ones() -> None:
    words = (RANDOM.random((400, 6)) < 0.2).astype(np.float32)
    where = np.nonzero(words)
    indptr = np.concatenate([[0], np.cumsum(words.sum(axis=1))]).astype(np.int64)
    sparse = Sparse(indptr, where[1].astype(np.int32), np.ones(len(where[0]), np.float32), 6)
    labels = ((words[:, 0] + words[:, 1] > 0) ^ np.isnan(CELLS[:, 0])).astype(np.int32)
    mixed = made(Matrix(CELLS, sparse), labels, columns=1.0, min_leaf=1)
    answers = mixed.predict(Matrix(CELLS, sparse))
    assert (answers.argmax(axis=1) == labels).mean() > 0.95
    together = mixed.predict(Matrix(np.concatenate([CELLS, words], axis=1)))
    np.testing.assert_array_equal(answers, together)


def test_balanced_classes_count_the_same() -> None:
    labels = (TARGET + RANDOM.normal(size=400) > np.quantile(TARGET, 0.9)).astype(np.int32)
    each = [made(Matrix(CELLS), labels, class_weight=name, min_leaf=10) for name in ("none", "balanced")]
    none, balanced = (model.predict(Matrix(CELLS))[:, 1].mean() for model in each)
    assert balanced > none + 0.1


def test_extra_trees_are_others() -> None:
    random, extra = (made(Matrix(CELLS), LABELS, kind=kind).predict(Matrix(CELLS)) for kind in ("random", "extra"))
    assert not np.array_equal(random, extra)
    assert (extra.argmax(axis=1) == LABELS).mean() > 0.8


@pytest.mark.parametrize(
    "cells", [np.ones((60, 3)), np.full((60, 3), np.nan), np.zeros((60, 0)), np.full((60, 2), 3e38)]
)
def test_constant_missing_and_huge_cells(cells: Any) -> None:
    labels = np.array([0, 1, 1] * 20, np.int32)
    answers = made(Matrix(cells.astype(np.float32)), labels).predict(Matrix(cells.astype(np.float32)))
    assert answers[:, 1].mean() == pytest.approx(2 / 3, abs=0.1)


def test_one_row_and_one_class() -> None:
    for labels in (np.array([1], np.int32), np.ones(50, np.int32)):
        answers = made(Matrix(CELLS[: len(labels)]), labels, classes=3).predict(Matrix(CELLS))
        assert (answers == [0, 1, 0]).all()
