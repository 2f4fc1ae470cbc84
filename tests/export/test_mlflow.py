"""`ratchet export --to mlflow`, and what every run told to MLflow can be opened as."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest

from ratchet.classifier import Classifier
from tests.stories.scenes import loans

# MLflow's own: it leaves databases to the garbage collector and calls what others deprecate.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore:::mlflow", "ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning:mlflow"),
]


@pytest.fixture
def frame() -> pd.DataFrame:
    rows = loans(40, seed=3).drop("outcome")
    return pd.DataFrame(rows.to_dict(as_series=False), index=range(100, 140))


def _answered(model: Any, frame: pd.DataFrame, classifier: Classifier) -> pd.DataFrame:
    found, served = model.predict(frame), classifier.predict(frame)
    names = ["p_bad", "p_good"]
    assert found.columns.tolist() == ["label", *names, "set", "abstained"]
    assert found.index.tolist() == frame.index.tolist()
    assert np.array_equal(found[names].to_numpy(), served[names].to_numpy()), "bit for bit"
    assert found["label"].tolist() == served["label"].tolist()
    assert found["set"].tolist() == served["set"].tolist()
    return pd.DataFrame(found)


def test_the_champion_of_a_store_is_opened_by_its_alias(
    classifier: Classifier, frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    store = f"sqlite:///{classifier.settings.workspace}/mlflow.db"
    mlflow.set_tracking_uri(store)
    mlflow.set_registry_uri(store)
    try:
        model = mlflow.pyfunc.load_model("models:/loans@champion")
    finally:
        mlflow.set_tracking_uri("")
        mlflow.set_registry_uri("")
    _answered(model, frame, classifier)


def test_an_exported_model_is_opened_with_its_signature(
    classifier: Classifier, frame: pd.DataFrame, tmp_path: Path
) -> None:
    made = classifier.export(1, to="mlflow", folder=tmp_path / "model")
    assert "bit for bit" in made.checked
    model = mlflow.pyfunc.load_model(str(made.folder))
    _answered(model, frame, classifier)
    signature = model.metadata.signature
    assert signature.inputs.input_names() == ["income", "age", "housing", "purpose"]
    assert signature.outputs.input_names() == ["label", "p_bad", "p_good", "set", "abstained"]
    assert "ratchet-ml==" in (made.folder / "requirements.txt").read_text(encoding="utf-8")
    example = model.input_example
    assert _answered(model, example, classifier).shape[0] == 1


def test_missing_values_are_legal_and_misfits_are_located(classifier: Classifier, tmp_path: Path) -> None:
    made = classifier.export(1, to="mlflow", folder=tmp_path / "model")
    model = mlflow.pyfunc.load_model(str(made.folder))
    gaps = pd.DataFrame({"income": [1.5, None], "age": [30, 40], "housing": ["own", None], "purpose": ["car", "moon"]})
    assert len(model.predict(gaps)) == 2
    with pytest.raises(Exception, match=r"age: found 'old', expected a number"):
        model.predict(gaps.assign(age=["old", 3]))
