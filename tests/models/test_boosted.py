from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ratchet.features.encoder import Matrix, Sparse
from ratchet.models import boosting
from ratchet.models.boosted import Boosted, BoostedModel
from ratchet.models.family import NO_HINTS, Hints, Range, Shape
from ratchet.models.from_lightgbm import read
from ratchet.models.trees import Trees

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


def test_scores_with_sets_of_categories_are_those_of_lightgbm() -> None:
    import lightgbm

    codes = RANDOM.integers(0, 90, 2_000)
    rows = np.stack([codes, RANDOM.normal(size=2_000), RANDOM.integers(0, 3, 2_000)], axis=1).astype(np.float32)
    labels = (np.sin(codes * 7.0) + rows[:, 1] * 0.3 + (rows[:, 2] == 1) > 0).astype(np.int32)
    data = lightgbm.Dataset(rows, labels, categorical_feature=[0, 2], params={"verbose": -1, "min_data_per_group": 5})
    booster = lightgbm.train({"objective": "binary", "verbose": -1, "num_leaves": 9}, data, num_boost_round=30)
    trees = read(booster.model_to_string())
    assert len(trees.words) > 30, "there are sets of more than one word"
    unseen = np.array([[95, 0, 1], [np.nan, 0, 2], [5, np.nan, np.nan], [10_000, 1, 7], [-1, 0, 0]], np.float32)
    for each in (rows, unseen):
        expected = np.asarray(booster.predict(each, raw_score=True))[:, None]
        np.testing.assert_allclose(trees.scores(each, 1), expected, rtol=1e-9, atol=1e-12)
    back = Trees.from_arrays(trees.arrays(), trees.depth)
    np.testing.assert_array_equal(back.scores(rows, 1), trees.scores(rows, 1))


def made(cells: Any, labels: Any, classes: int = 2, hints: Hints = NO_HINTS, **params: Any) -> BoostedModel:
    shape = Shape(rows=len(labels), classes=classes, dense=cells.shape[1])
    chosen = {**Boosted().defaults(shape), **params}
    model = Boosted().fit(Matrix(cells), labels, classes, chosen, seed=0, hints=hints)
    assert isinstance(model, BoostedModel)
    return model


def test_rounds_are_chosen_on_rows_kept_out_and_told() -> None:
    labels = (TARGET + RANDOM.normal(size=400) > 0).astype(np.int32)
    history = made(CELLS, labels, learning_rate=0.1).history
    (curve,) = history.curves
    assert 5 < history.facts["rounds"] < 200
    assert curve.steps[-1] > history.facts["rounds"] / 1.1
    assert len(curve.steps) == len(curve.learned) == len(curve.held) <= 200
    assert min(curve.held) < curve.held[0]
    assert curve.learned[-1] < curve.held[-1], "what is learned from fits better than what is kept out"
    chance = made(CELLS, RANDOM.permutation(labels), learning_rate=0.1).history
    assert chance.facts["rounds"] < history.facts["rounds"], "labels drawn by chance stop it soon"


def test_without_stopping_all_rounds_are_grown() -> None:
    model = made(CELLS, (TARGET > 0).astype(np.int32), stopping="off", rounds=17, seeds=1)
    assert (model.history.facts, model.history.curves) == ({"rounds": 17}, ())
    assert len(model.state().arrays["roots"]) == 17


def test_seeds_are_averaged() -> None:
    labels = (TARGET > 0).astype(np.int32)
    alone, three = (made(CELLS, labels, stopping="off", rounds=20, seeds=count) for count in (1, 3))
    assert len(three.state().arrays["roots"]) == 60
    sure = [float(np.abs(model.predict(Matrix(CELLS))[:, 0] - 0.5).mean()) for model in (alone, three)]
    assert abs(sure[0] - sure[1]) < 0.05, "three boosters are no surer than one"


def test_rows_of_a_group_are_not_parted_to_see_when_to_stop() -> None:
    """Every row four times, labels by chance: parted, the copies make more rounds look better and better."""
    labels = RANDOM.integers(0, 2, 100).astype(np.int32)
    cells, groups = np.repeat(RANDOM.normal(size=(100, 3)), 4, axis=0).astype(np.float32), np.repeat(np.arange(100), 4)
    parted, whole = (
        made(cells, np.repeat(labels, 4), hints=hints, learning_rate=0.1, min_leaf=5).history.facts["rounds"]
        for hints in (NO_HINTS, Hints(groups=groups))
    )
    assert whole < parted / 3


def test_of_very_many_rows_the_trees_grown_beside_the_rows_kept_out_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boosting, "SMALL", 200)
    monkeypatch.setattr(boosting, "LARGE", 300)
    model = made(CELLS, (TARGET + RANDOM.normal(size=400) > 0).astype(np.int32), learning_rate=0.1)
    (curve,) = model.history.curves
    best = model.history.facts["rounds"]
    assert len(model.state().arrays["roots"]) == best < curve.steps[-1]
    assert min(curve.held) == curve.held[curve.steps.index(best)]


def test_no_more_rows_are_kept_out_in_turn_than_tell_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = (TARGET > 0).astype(np.int32)
    turns = []
    for enough in (400, 150, 50):
        monkeypatch.setattr(boosting, "ENOUGH", enough)
        turns.append(len(boosting._turns(labels, None, 0)))
    assert turns == [4, 2, 1]


def test_growing_ends_when_the_mean_of_all_curves_gains_next_to_nothing() -> None:
    class Falling:
        """Its loss falls by ``slope`` a round up to ``end``."""

        def __init__(self, slope: float, end: int) -> None:
            self.slope, self.end, self.rounds = slope, end, 0

        def grow(self, rounds: int) -> tuple[float, float]:
            self.rounds += rounds
            return 0.0, 1 - self.slope * min(self.rounds, self.end)

        def trees(self, rounds: int) -> Trees:
            raise AssertionError

    early, late = Falling(0.01, 20), Falling(0.01, 60)
    steps, losses = boosting._grown_together([early, late], 1_000, 25)
    assert (early.rounds, late.rounds, int(steps[-1])) == (85, 85, 85)
    assert steps[losses[:, 1].argmin()] == 60
    assert boosting._grown_together([Falling(0.01, 60)], 33, 25)[0][-1] == 33


def test_of_a_sparse_output_it_counts_whether_it_is_there() -> None:
    """Weights that tell the class do not, as long as the output is there in every row."""
    weights = np.where(TARGET > 0, 2.0, 1.0).astype(np.float32)
    sparse = Sparse(np.arange(401, dtype=np.int64), np.zeros(400, np.int32), weights, 1)
    labels = (TARGET > 0).astype(np.int32)
    params = Boosted().defaults(Shape(rows=400, classes=2, dense=0, sparse=1))
    rows = Matrix(np.zeros((400, 0), np.float32), sparse)
    found = Boosted().fit(rows, labels, 2, params, seed=0).predict(rows)[:, 1]
    assert found.max() - found.min() < 1e-6
    sure = Boosted().fit(Matrix(weights[:, None]), labels, 2, params, seed=0).predict(Matrix(weights[:, None]))[:, 1]
    assert sure.max() - sure.min() > 0.9


def test_of_wide_sparse_rows_a_split_chooses_from_few_columns() -> None:
    shape = Shape(rows=3_000, classes=2, dense=0, sparse=20_000)
    assert Boosted().defaults(shape)["columns"] < Boosted().defaults(Shape(rows=3_000, classes=2, dense=5))["columns"]
    space = Boosted().space(shape)
    for name, chosen in Boosted().defaults(shape).items():
        part = space[name]
        assert not isinstance(part, Range) or part.low <= chosen <= part.high


@pytest.mark.parametrize("sparse", [False, True])
def test_a_share_of_columns_leaves_out_the_others(sparse: bool) -> None:
    """Of two columns that tell the same, half the columns make both be used; all of them, but the first."""
    labels = (RANDOM.random(400) < 0.4).astype(np.int32)
    told = np.repeat(labels[:, None], 2, axis=1).astype(np.float32)
    rows = np.nonzero(told)
    cells = Sparse(
        np.concatenate([[0], np.cumsum(2 * labels)]), rows[1].astype(np.int32), np.ones(len(rows[0]), np.float32), 2
    )
    matrix = Matrix(np.zeros((400, 0), np.float32), cells) if sparse else Matrix(told)
    params: dict[str, Any] = {
        **Boosted().defaults(Shape(rows=400, classes=2, dense=2)),
        "stopping": "off",
        "rounds": 30,
    }
    used = []
    for share in (0.5, 1.0):
        arrays = Boosted().fit(matrix, labels, 2, {**params, "columns": share, "leaves": 2}, seed=0).state().arrays
        inner = arrays["left"] != np.arange(len(arrays["left"]))
        used.append(set(arrays["feature"][inner].tolist()))
    assert used == [{0, 1}, {0}]


def test_one_group_of_all_rows_keeps_none_out() -> None:
    labels, hints = (TARGET > 0).astype(np.int32), Hints(groups=np.zeros(400, np.int64))
    assert made(CELLS, labels, hints=hints).history.curves == ()


def test_codes_of_categories_are_split_by_sets_where_it_is_told_which_they_are() -> None:
    codes = np.repeat(np.arange(2, 62), 20).astype(np.float32)
    labels = (np.repeat(RANDOM.permutation(60) < 30, 20)).astype(np.int32)
    cells, hints = codes[:, None], Hints(codes=(0,))
    params: dict[str, Any] = {"stopping": "off", "rounds": 10, "seeds": 1, "leaves": 4, "min_leaf": 10}
    sets, order = (made(cells, labels, hints=hints, categories=each, **params) for each in ("sets", "order"))
    right = [(model.predict(Matrix(cells)).argmax(axis=1) == labels).mean() for model in (sets, order)]
    assert right[0] > 0.95
    assert right[1] < 0.85


def test_balanced_classes_count_the_same() -> None:
    labels = (TARGET + RANDOM.normal(size=400) > np.quantile(TARGET, 0.9)).astype(np.int32)
    none, balanced = (made(CELLS, labels, class_weight=each).predict(Matrix(CELLS)) for each in ("none", "balanced"))
    assert none[:, 1].mean() == pytest.approx(labels.mean(), abs=0.03)
    assert balanced[:, 1].mean() > labels.mean() + 0.1


@pytest.mark.parametrize(
    "cells",
    [
        np.ones((60, 3)), np.full((60, 3), np.nan), np.full((60, 2), 3.4e38), np.zeros((60, 0)),
        np.stack([np.arange(60.0), np.full(60, -3.4e38)], axis=1),
    ],
)  # fmt: skip
def test_constant_missing_and_huge_cells(cells: Any) -> None:
    labels = np.array([0, 1, 1] * 20, np.int32)
    answers = made(cells.astype(np.float32), labels).predict(Matrix(cells.astype(np.float32)))
    assert np.isfinite(answers).all()
    assert answers[:, 1].mean() == pytest.approx(2 / 3, abs=0.1)


def test_one_row_and_one_class() -> None:
    for labels in (np.array([1], np.int32), np.ones(50, np.int32)):
        answers = made(CELLS[: len(labels)], labels).predict(Matrix(CELLS))
        assert (answers.argmax(axis=1) == 1).all()


def test_a_hundred_thousand_categories() -> None:
    codes = RANDOM.integers(2, 100_000, 6_000).astype(np.float32)[:, None]
    answers = made(codes, RANDOM.integers(0, 2, 6_000).astype(np.int32), hints=Hints(codes=(0,))).predict(Matrix(codes))
    assert np.isfinite(answers).all()


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


@pytest.mark.parametrize(("rows", "rate", "leaves"), [(40_000, 0.04, 8), (499_999, 0.1, 31), (500_000, 0.2, 63)])
def test_more_rows_bear_larger_trees_and_longer_steps(rows: int, rate: float, leaves: int) -> None:
    chosen = Boosted().defaults(Shape(rows=rows, classes=2, dense=5))
    assert (chosen["learning_rate"], chosen["leaves"]) == (rate, leaves)
    assert Boosted().defaults(Shape(rows=rows, classes=20, dense=5))["learning_rate"] == 0.1
