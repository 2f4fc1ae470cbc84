from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ratchet.features.encoder import Matrix, Sparse
from ratchet.models import platt
from ratchet.models.family import Shape
from ratchet.models.svm import SVM, SVMModel

RANDOM = np.random.default_rng(0)
CELLS = RANDOM.normal(size=(600, 2)).astype(np.float32)
ROUND = (np.hypot(CELLS[:, 0], CELLS[:, 1]) < 1.2).astype(np.int32)
"""Inside of a circle or not: no line parts them."""


def made(rows: Matrix, labels: Any, classes: int = 2, **params: Any) -> SVMModel:
    width = rows.sparse.width if rows.sparse else 0
    shape = Shape(rows=len(labels), classes=classes, dense=rows.dense.shape[1], sparse=width)
    model = SVM().fit(rows, labels, classes, {**SVM().defaults(shape), **params}, seed=0)
    assert isinstance(model, SVMModel)
    return model


def right(model: SVMModel, rows: Matrix, labels: Any) -> float:
    return float((model.predict(rows).argmax(axis=1) == labels).mean())


def test_a_gaussian_kernel_sees_what_a_line_does_not() -> None:
    rows = Matrix(CELLS)
    assert right(made(rows, ROUND), rows, ROUND) > 0.95
    assert right(made(rows, ROUND, kernel="linear"), rows, ROUND) < 0.7


def test_few_landmarks_answer_nearly_as_all_rows_do() -> None:
    rows, labels = Matrix(CELLS[:200]), ROUND[:200]
    few, many = (made(rows, labels, landmarks=count) for count in (40, 200))
    assert right(many, rows, labels) > 0.95
    assert np.abs(few.predict(rows) - many.predict(rows)).mean() < 0.05


def test_probabilities_come_true() -> None:
    odds = 1.5 * CELLS[:, 0] - 0.5
    labels = (RANDOM.random(600) < 1 / (1 + np.exp(-odds))).astype(np.int32)
    unseen = RANDOM.normal(size=(2_000, 2)).astype(np.float32)
    found = made(Matrix(CELLS), labels, kernel="linear").predict(Matrix(unseen))[:, 1]
    true = 1 / (1 + np.exp(-(1.5 * unseen[:, 0] - 0.5)))
    assert np.abs(found - true).mean() < 0.05


def test_sparse_rows_are_weighed_linearly() -> None:
    words = (RANDOM.random((600, 40)) < 0.1).astype(np.float32)
    where = np.nonzero(words)
    indptr = np.concatenate([[0], np.cumsum(words.sum(axis=1))]).astype(np.int64)
    sparse = Sparse(indptr, where[1].astype(np.int32), np.ones(len(where[0]), np.float32), 40)
    labels = (words[:, :5].sum(axis=1) > 0).astype(np.int32)
    for dense in (np.zeros((600, 0), np.float32), CELLS):
        rows = Matrix(dense, sparse)
        assert right(made(rows, labels), rows, labels) > 0.97
    both = ((words[:, 0] + ROUND) > 0).astype(np.int32)
    mixed = Matrix(CELLS, sparse)
    assert right(made(mixed, both, kernel="rbf"), mixed, both) > right(made(mixed, both), mixed, both) + 0.1


def test_a_margin_that_tells_nothing_gives_the_share() -> None:
    own = np.arange(1_000) % 4 == 0
    slope, offset = platt.fitted(-own.astype(np.float64), own, np.ones(1_000))
    assert slope == 0
    assert 1 / (1 + np.exp(-offset)) == pytest.approx(0.25, abs=0.01)


def test_sigmoids_are_those_of_a_logistic_regression() -> None:
    from sklearn.linear_model import LogisticRegression

    margins = RANDOM.normal(size=5_000)
    own = RANDOM.random(5_000) < 1 / (1 + np.exp(-(2 * margins + 0.7)))
    slope, offset = platt.fitted(margins, own, np.ones(5_000))
    exact = LogisticRegression(C=1e9).fit(margins[:, None], own)
    assert (slope, offset) == pytest.approx((exact.coef_[0, 0], exact.intercept_[0]), abs=0.01)


def test_parted_classes_do_not_make_endless_slopes() -> None:
    margins = np.concatenate([np.full(50, -1.0), np.full(50, 1.0)])
    slope, _ = platt.fitted(margins, margins > 0, np.ones(100))
    assert 2 < slope < 10


def test_balanced_classes_count_the_same() -> None:
    labels = (CELLS[:, 0] + RANDOM.normal(size=600) > 1.8).astype(np.int32)
    none, balanced = (
        made(Matrix(CELLS), labels, class_weight=each).predict(Matrix(CELLS)) for each in ("none", "balanced")
    )
    assert none[:, 1].mean() == pytest.approx(labels.mean(), abs=0.03)
    assert balanced[:, 1].mean() > labels.mean() + 0.1


@pytest.mark.parametrize(
    "cells", [np.ones((60, 3)), np.full((60, 3), np.nan), np.zeros((60, 0)), np.full((60, 2), 3e38)]
)
@pytest.mark.parametrize("kernel", ["rbf", "linear"])
def test_constant_missing_and_huge_cells(cells: Any, kernel: str) -> None:
    labels = np.array([0, 1, 1] * 20, np.int32)
    rows = Matrix(cells.astype(np.float32))
    assert made(rows, labels, kernel=kernel).predict(rows)[:, 1].mean() == pytest.approx(2 / 3, abs=0.1)


def test_one_row_and_one_class() -> None:
    for labels in (np.array([1], np.int32), np.ones(50, np.int32)):
        answers = made(Matrix(CELLS[: len(labels)]), labels, classes=3).predict(Matrix(CELLS))
        assert (answers.argmax(axis=1) == 1).all()


def test_a_class_of_one_row() -> None:
    labels = np.where(np.arange(600) == 5, 2, ROUND).astype(np.int32)
    answers = made(Matrix(CELLS), labels, classes=4).predict(Matrix(CELLS))
    assert answers[:, 3].max() < 1e-6
    assert answers[:, 2].mean() < 0.1
