"""`ratchet.RatchetClassifier`: what scikit-learn asks of a classifier, and what it promises beyond that."""

from __future__ import annotations

import pickle
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import ratchet
from ratchet import RatchetClassifier
from tests.stories.scenes import loans

TOO_FEW = "it learns from 20 rows at least: with fewer nothing can be held out"
EXPECTED = {
    "check_n_features_in_after_fitting": TOO_FEW,
    "check_classifier_data_not_an_array": TOO_FEW,
    "check_fit2d_1feature": TOO_FEW,
    "check_pipeline_consistency": "its rows are near-copies of each other, so they are too few units of evidence",
}


def _small(**given: Any) -> RatchetClassifier:
    chosen: dict[str, Any] = {"families": ["linear.v1"], "trials": 1, "folds": 2, "engine": "inline"}
    return RatchetClassifier(**chosen | given)


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks([_small()], expected_failed_checks=lambda _: EXPECTED)  # type: ignore[untyped-decorator]
def test_what_scikit_learn_asks(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)


def _quietly(model: RatchetClassifier, X: Any, y: Any) -> RatchetClassifier:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "the gate did not let this model through")
        return model.fit(X, y)


def test_frames_with_categories_and_gaps_are_learned_from_as_they_are() -> None:
    rows = loans(600).with_columns(pl.when(pl.int_range(pl.len()) % 7 > 0).then("income").alias("income"))
    frame = pd.DataFrame(rows.drop("outcome").to_dict(as_series=False))
    labels = rows["outcome"].to_numpy()
    model = _quietly(_small(), frame, labels)
    assert model.feature_names_in_.tolist() == ["income", "age", "housing", "purpose"]
    assert model.classes_.tolist() == ["bad", "good"]
    assert model.score(frame, labels) > 0.75
    assert np.allclose(model.predict_proba(frame).sum(axis=1), 1)
    same = model.predict(rows.drop("outcome"))
    assert (same == model.predict(frame)).all(), "Polars gives the same"
    assert (model.predict(rows.drop("outcome").to_dicts()) == same).all(), "so do dicts"


def test_it_says_what_the_gate_said_and_its_sets_hold_what_they_promise() -> None:
    X, y = load_iris(return_X_y=True)
    model = _small(trials=2).fit(X, y)
    assert model.decision_
    assert model.scorecard_["decision"]["outcome"] == "promote"
    sets = model.predict_set(X)
    assert sets.shape == (150, 3)
    assert sets[np.arange(150), y].mean() > 0.9
    assert (sets.sum(axis=1) >= 0).all()


def test_a_model_that_the_gate_holds_answers_with_a_warning() -> None:
    chance = np.random.default_rng(0)
    X, y = chance.normal(size=(200, 2)), chance.integers(0, 2, 200)
    with pytest.warns(UserWarning, match="the gate did not let this model through"):
        model = _small().fit(X, y)
    assert not model.decision_
    assert model.predict(X).shape == (200,)


def test_it_can_be_pickled_and_needs_nothing_else(tmp_path: Path) -> None:
    X, y = load_iris(return_X_y=True)
    model = _small().fit(X, y)
    content = pickle.dumps(model)
    again = pickle.loads(content)
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))
    assert again.scorecard_ == model.scorecard_


def test_it_stands_where_scikit_learn_puts_a_classifier() -> None:
    X, y = load_iris(return_X_y=True)
    scores = cross_val_score(make_pipeline(StandardScaler(), clone(_small())), X, y, cv=3)
    assert scores.mean() > 0.85


def test_a_folder_keeps_the_workspace_and_its_champion_is_the_model(tmp_path: Path) -> None:
    X, y = load_iris(return_X_y=True, as_frame=True)
    model = _small(folder=tmp_path).fit(X, y)
    with ratchet.open(tmp_path) as box:
        assert box.champion() == model.version_
        answers = box.predict(X)
    assert answers["label"].tolist() == [str(each) for each in model.predict(X)]
    assert np.allclose(answers[[f"p_{each}" for each in model.classes_]], model.predict_proba(X))
    with pytest.raises(ValueError, match=r"ratchet.toml says how search.* are to be"):
        _small(folder=tmp_path).fit(X, y)
    again = RatchetClassifier(tmp_path, engine="inline").fit(X, y)
    assert again.version_ == model.version_, "the same rows are not learned again"


@pytest.mark.parametrize(
    ("X", "y", "said"),
    [
        (np.zeros((30, 2)), [0, 1] * 15, "column"),
        (np.zeros((5, 2)), [0, 1, 0, 1, 0], "at least 20"),
        ([{"a": 1}] * 30, [0, 1] * 10, "30 rows and y has 20 labels"),
        (pl.DataFrame({"a": []}), [], "0 sample"),
        (np.full((30, 1), np.inf), [0, 1] * 15, "infinity"),
        ("a.csv", [0, 1] * 15, "read the file, and give a frame or an array"),
        (b"1,2", [0, 1] * 15, "X is the rows"),
    ],
)
def test_what_cannot_be_learned_from_is_told_in_words(X: Any, y: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        _small().fit(X, y)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"metric": "f1"}, "\n  - metric: found 'f1', expected one of accuracy"),
        ({"trials": "x"}, "\n  - trials: found 'x', expected a whole number\n"),
        ({"random_state": 1.5}, "\n  - random_state: found 1.5, expected a whole number\n"),
        ({"families": "linear.v1"}, 'such as ["linear.v1"]'),
        ({"families": 5}, "families are a list of names"),
        ({"folder": 5}, "the folder is named by a path, and 5 is none"),
    ],
)
def test_an_argument_that_will_not_do_is_named_once(given: dict[str, Any], said: str) -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match=re.escape(said)) as caught:
        _small(**given).fit(X, y)
    assert "what was chosen" not in str(caught.value)


@pytest.mark.parametrize("labels", [[" a", "a"], ["", "b"], [True, False]])
def test_classes_come_back_as_they_were_given(labels: list[Any]) -> None:
    X, y = load_iris(return_X_y=True)
    given = np.array(labels)[(y > 0).astype(int)]
    model = _quietly(_small(), X, given)
    assert set(model.predict(X).tolist()) == set(labels)
    assert (model.predict(X) == given).mean() > 0.9
