from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ratchet.features.encoder import Matrix, Sparse
from ratchet.models import grown, masks
from ratchet.models.boosted import BoostedModel
from ratchet.models.from_lightgbm import read
from ratchet.models.masks import Masked
from ratchet.models.trees import Nodes, Trees, constant, joined

RANDOM = np.random.default_rng(3)
ROWS = RANDOM.normal(size=(3_000, 5)).astype(np.float32).round(1)
ROWS[:, 3:] = RANDOM.integers(0, (90, 3), (3_000, 2))
ROWS[RANDOM.random(ROWS.shape) < 0.1] = np.nan
ODD = np.array([[np.nan] * 5, [np.inf] * 5, [-np.inf] * 5, [-1.0] * 5, [2.7] * 5, [1e9] * 5, [0.0] * 5], np.float32)
ODD[1:3, 3:] = 0


def trees_of(classes: int = 2, rounds: int = 40, **settings: Any) -> Trees:
    import lightgbm

    score = np.nan_to_num(ROWS[:, 0] * ROWS[:, 1]) + np.sin(7 * np.nan_to_num(ROWS[:, 3])) + np.nan_to_num(ROWS[:, 2])
    labels = np.digitize(score, np.quantile(score, np.linspace(0, 1, classes + 1)[1:-1]))
    objective = {"objective": "binary"} if classes == 2 else {"objective": "multiclass", "num_class": classes}
    data = lightgbm.Dataset(ROWS, labels, categorical_feature=[3, 4], params={"verbose": -1, "min_data_per_group": 5})
    settings = {"verbose": -1, "num_threads": 1, "min_data_in_leaf": 5, **objective, **settings}
    return read(lightgbm.train(settings, data, num_boost_round=rounds).model_to_string())


@pytest.mark.parametrize(("classes", "leaves"), [(2, 8), (2, 64), (4, 31)])
def test_masks_answer_as_rows_that_go_down_the_trees_to_the_last_bit(classes: int, leaves: int) -> None:
    trees, columns = trees_of(classes, num_leaves=leaves), 1 if classes == 2 else classes
    assert len(trees.words) > 30, "there are sets"
    made = Masked.of(trees)
    assert made is not None
    for rows in (ROWS, ODD, ROWS.astype(np.float64)):
        np.testing.assert_array_equal(made.scores(rows, columns), trees.scores(rows, columns))


def test_missing_values_go_where_the_tree_says_and_a_leaf_alone_adds_its_value() -> None:
    inner = [np.array([each], np.int32) for each in (0, 1, 2)]
    on_left, on_right = (
        Trees.grown(
            Nodes.of_thresholds(inner[0], np.array([0.5]), inner[1], inner[2], absent),
            value=np.array([1.0, 2.0]),
            depth=1,
        )
        for absent in inner[1:]
    )
    trees = joined([on_left, constant(np.array([10.0])), on_right])
    made = Masked.of(trees)
    assert made is not None
    found = made.scores(np.array([[np.nan], [0.5], [0.6]]), 1)[:, 0]
    assert found.tolist() == [1 + 10 + 2, 1 + 10 + 1, 2 + 10 + 2]


def test_trees_of_many_leaves_or_large_tables_have_no_masks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Masked.of(trees_of(num_leaves=65, rounds=3)) is None
    few = trees_of(num_leaves=8, rounds=3)
    assert Masked.of(few) is not None
    monkeypatch.setattr(masks, "MOST_CELLS", 100)
    assert Masked.of(few) is None


def test_many_rows_are_answered_by_masks_as_few_are_without(monkeypatch: pytest.MonkeyPatch) -> None:
    model = BoostedModel(trees_of(num_leaves=16), 1)
    few = np.concatenate([model.predict(Matrix(ROWS[at : at + 1_000])) for at in (0, 1_000, 2_000)])
    monkeypatch.setattr(Trees, "scores", lambda *_: pytest.fail("no row should go down a tree"))
    monkeypatch.setattr(grown, "_CELLS", 4_000)  # 800 rows at once
    np.testing.assert_array_equal(model.predict(Matrix(ROWS)), few)
    shape = np.arange(len(ROWS) + 1) * 2, np.tile(np.array([0, 1]), len(ROWS)), ROWS[:, 3:].reshape(-1)
    np.testing.assert_array_equal(model.predict(Matrix(ROWS[:, :3], Sparse(*shape, 2))), few)
