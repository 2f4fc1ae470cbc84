"""Every run is in MLflow, as MLflow's own client sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mlflow import MlflowClient

import ratchet
from ratchet.tracking import live
from tests.stories.scenes import loans, quicken

# MLflow's own: it leaves databases to the garbage collector and calls what SQLAlchemy deprecates.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore:::mlflow")


def test_a_training_is_found_with_mlflows_own_client(
    tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PATIENCE", 120.0)  # the first run makes MLflow's database, which takes its time
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
    kept = {each.path for each in client.list_artifacts(run.info.run_id, "model/bundle")}
    assert "model/bundle/manifest.json" in kept
    best = client.get_metric_history(run.info.run_id, "best_score")
    assert len({each.step for each in best}) > 1, "it was told while it went on"
    nested = client.search_runs([run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{run.info.run_id}'")
    assert len(nested) == len(
        json.loads(Path(client.download_artifacts(run.info.run_id, "trials.json")).read_text())["data"]
    )
    assert all("C" in each.data.params for each in nested if each.data.params["family"] == "linear.v1")


def test_what_a_tracker_missed_is_told_once_it_is_back(
    tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ratchet.init(str(table), "outcome", root=tmp_path)
    quicken(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    notes: list[str] = []
    with ratchet.open(tmp_path) as classifier:
        classifier.train(str(table), progress=lambda progress: notes.append(progress.note))
        classifier.train(loans(300, seed=1), promote=False)
        classifier.promote("2", reason="easier to explain", override=True)
        assert classifier.champion() == "2"
        (sentence,) = classifier.untold()
    assert any(note.startswith("mlflow is not told yet: MLflow at http://127.0.0.1:9") for note in notes)
    assert "ratchet tracking sync" in sentence
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    with ratchet.open(tmp_path) as classifier:
        (first,), (again,) = classifier.sync_trackers(), classifier.sync_trackers()
    assert (first.versions, first.champion, first.waiting) == (("1", "2"), "2", 0)
    assert (again.versions, again.champion) == ((), None)
    client = MlflowClient(f"sqlite:///{tmp_path}/.ratchet/mlflow.db")
    assert client.get_model_version_by_alias("loans", "champion").tags["ratchet.version"] == "2"
    experiment = client.get_experiment_by_name("loans")
    assert experiment is not None
    assert len(client.search_runs([experiment.experiment_id], "tags.`ratchet.run` != ''")) == 2
