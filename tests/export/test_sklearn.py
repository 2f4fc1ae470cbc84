"""`ratchet export --to sklearn`, and `RatchetClassifier.load`."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.inspection import permutation_importance
from sklearn.pipeline import make_pipeline

from ratchet import RatchetClassifier
from ratchet.classifier import Classifier
from ratchet.errors import BundleError
from tests.stories.scenes import loans


@pytest.fixture(scope="module")
def folder(classifier: Classifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return classifier.export(1, to="sklearn", folder=tmp_path_factory.mktemp("sklearn")).folder


def test_the_estimator_answers_as_the_version_does(classifier: Classifier, folder: Path) -> None:
    model, rows = RatchetClassifier.load(folder), loans(50, seed=1)
    frame = pd.DataFrame(rows.drop("outcome").to_dict(as_series=False))
    served = classifier.predict(rows)
    assert model.classes_.tolist() == ["bad", "good"]
    assert np.array_equal(model.predict_proba(frame), served.select("p_bad", "p_good").to_numpy())
    assert model.predict(frame).tolist() == served["label"].to_list()
    assert model.predict_set(frame).sum(axis=1).tolist() == served["set"].list.len().to_list()
    assert model.decision_
    assert model.scorecard_["version"] == model.version_ == "1"


def test_it_is_an_estimator_among_others(folder: Path) -> None:
    model, rows = RatchetClassifier.load(folder), loans(60, seed=2)
    frame = pd.DataFrame(rows.drop("outcome").to_dict(as_series=False))
    labels = rows["outcome"].to_numpy()
    assert clone(model).get_params() == model.get_params()
    assert make_pipeline(model).predict(frame).tolist() == model.predict(frame).tolist()
    assert permutation_importance(model, frame, labels, n_repeats=2, random_state=0).importances_mean[0] > 0
    assert np.array_equal(pickle.loads(pickle.dumps(model)).predict_proba(frame), model.predict_proba(frame))
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame.rename(columns={"age": "years"}))


def test_a_changed_byte_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="holds no exported estimator"):
        RatchetClassifier.load(tmp_path)
    for each in folder.rglob("*"):
        if each.is_file():
            target = tmp_path / each.relative_to(folder)
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(each.read_bytes())
    RatchetClassifier.load(tmp_path)
    changed = next((tmp_path / "bundle").glob("*.safetensors"))
    changed.write_bytes(changed.read_bytes()[:-1] + b"x")
    with pytest.raises(BundleError, match="is not as it was written"):
        RatchetClassifier.load(tmp_path)
