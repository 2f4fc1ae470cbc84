from __future__ import annotations

import numpy as np
import pytest

from ratchet.features.encoder import Matrix
from ratchet.models.boosted import Boosted
from ratchet.models.family import Shape
from ratchet.models.trees import read

RANDOM = np.random.default_rng(0)
CELLS = RANDOM.normal(size=(400, 5)).astype(np.float32)
CELLS[RANDOM.random((400, 5)) < 0.15] = np.nan
CELLS[:, 4] = np.nan_to_num(CELLS[:, 4])  # a column without missing values in training
CELLS[:, 3] = np.nan_to_num(CELLS[:, 3]).round()
TARGET = np.nan_to_num(CELLS[:, 0], nan=1.5) + CELLS[:, 4] * np.nan_to_num(CELLS[:, 1], nan=-1)


@pytest.mark.parametrize("classes", [2, 4])
def test_scores_are_those_of_lightgbm(classes: int) -> None:
    import lightgbm

    labels = np.digitize(TARGET, np.quantile(TARGET, np.linspace(0, 1, classes + 1)[1:-1]))
    objective = {"objective": "binary"} if classes == 2 else {"objective": "multiclass", "num_class": classes}
    settings = {**objective, "num_leaves": 7, "min_data_in_leaf": 5, "verbose": -1, "num_threads": 1}
    booster = lightgbm.train(settings, lightgbm.Dataset(CELLS, labels), num_boost_round=30)
    columns = 1 if classes == 2 else classes
    unseen = RANDOM.normal(scale=2, size=(200, 5)).astype(np.float32)
    unseen[RANDOM.random((200, 5)) < 0.3] = np.nan
    for rows in (CELLS, unseen, np.zeros((3, 5), np.float32)):
        expected = np.asarray(booster.predict(rows, raw_score=True)).reshape(len(rows), columns)
        np.testing.assert_allclose(read(booster.model_to_string()).scores(rows, columns), expected, rtol=1e-12)


def test_a_booster_that_grew_nothing() -> None:
    rows, labels = Matrix(np.zeros((30, 1), np.float32)), np.array([0, 1, 1] * 10, np.int32)
    params = Boosted().defaults(Shape(rows=30, classes=2, dense=1, sparse=0))
    found = Boosted().fit(rows, labels, 2, params, seed=0).predict(rows)
    np.testing.assert_allclose(found[:, 1], 2 / 3, atol=0.01)


def test_more_rows_than_are_taken_at_once() -> None:
    labels = (TARGET > 0).astype(np.int32)
    params = Boosted().defaults(Shape(rows=400, classes=2, dense=5, sparse=0))
    model = Boosted().fit(Matrix(CELLS), labels, 2, params, seed=0)
    many = np.concatenate([CELLS] * 4)
    np.testing.assert_array_equal(model.predict(Matrix(many))[-400:], model.predict(Matrix(CELLS)))
