"""Every run is in MLflow, as MLflow's own client sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mlflow import MlflowClient

import ratchet
from tests.stories.scenes import quicken

# MLflow's own: it leaves databases to the garbage collector and calls what SQLAlchemy deprecates.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore:::mlflow")


def test_a_training_is_found_with_mlflows_own_client(tmp_path: Path, table: Path) -> None:
    ratchet.init(str(table), "outcome", root=tmp_path)
    quicken(tmp_path)
    with ratchet.open(tmp_path) as classifier:
        decision = classifier.train(str(table))
        document = classifier.show()
    client = MlflowClient(f"sqlite:///{tmp_path}/.ratchet/mlflow.db")
    champion = client.get_model_version_by_alias("loans", "champion")
    assert champion.run_id is not None
    run = client.get_run(champion.run_id)
    accuracy = document["metrics"]["accuracy"]
    assert run.data.metrics["accuracy"] == pytest.approx(accuracy["value"])
    assert run.data.metrics["accuracy_low"] == pytest.approx(accuracy["low"])
    assert run.data.metrics["cv_score"] == pytest.approx(document["search_score"])
    assert run.data.params["family"] == document["family"]
    assert run.data.tags["dataset"] == document["dataset"]["id"]
    assert run.data.tags["outcome"] == decision.outcome == "promote"
    names = {each.path for each in client.list_artifacts(run.info.run_id)}
    assert {"spec.json", "scorecard.json", "decision.json", "model"} <= names
    spec = json.loads(Path(client.download_artifacts(run.info.run_id, "spec.json")).read_text())
    assert spec["label"] == "outcome"
    assert "model/bundle/manifest.json" in {
        each.path for each in client.list_artifacts(run.info.run_id, "model/bundle")
    }


def test_a_tracker_that_is_away_stops_no_training(tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ratchet.init(str(table), "outcome", root=tmp_path)
    quicken(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    notes: list[str] = []
    with ratchet.open(tmp_path) as classifier:
        assert classifier.train(str(table), progress=lambda progress: notes.append(progress.note)).outcome == "promote"
        assert classifier.champion() == "1"
    assert any("not in the tracker" in note for note in notes)
