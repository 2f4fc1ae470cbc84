"""Every run is in MLflow, as MLflow's own client sees it."""

from __future__ import annotations

import json
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest
from mlflow import MlflowClient

import ratchet
from ratchet.tracking import live
from tests.stories.scenes import loans, quicken
from tests.tracking import offline

OUTCOME = ("state", "rule", "reason", "todo", "settings")
"""How a trial ended, in words."""
# MLflow's own: it leaves databases to the garbage collector and calls what SQLAlchemy deprecates.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore:::mlflow", "ignore:::wandb")


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
    shown = {str(each["number"]): each for each in document["trials"]}
    for each in nested:
        trial, tags = shown[each.data.tags["ratchet.trial"]], each.data.tags
        assert json.loads(each.data.params.get("encoders", "{}")) == trial["encoders"]
        assert {name: tags.get(name, "") for name in OUTCOME} == {name: str(trial[name]) for name in OUTCOME}
    assert len([each for each in nested if "rule" in each.data.tags]) == 1


@pytest.mark.skipif(find_spec("wandb") is None, reason="the extra wandb is not installed")
def test_every_run_of_the_flow_is_in_an_offline_folder_of_wandb(
    tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    for name in ("DATA", "CACHE", "CONFIG"):
        monkeypatch.setenv(f"WANDB_{name}_DIR", str(tmp_path / name.lower()))
    ratchet.init(str(table), "outcome", root=tmp_path)
    quicken(tmp_path)
    with ratchet.open(tmp_path, tracking="wandb") as classifier:
        classifier.train(str(table))
        classifier.train(loans(300, seed=1))
        documents = [classifier.show(number) for number in ("1", "2")]
        assert classifier.untold() == ()
    folders = sorted((tmp_path / ".ratchet" / "wandb").glob("offline-run-*"))
    assert len(folders) == 2, "one for each run, retraining too"
    assert documents[0]["metrics"]
    for folder, document in zip(folders, documents, strict=True):
        found = offline.whole(folder)
        summary, tried = offline.summary(found), offline.config(found)["trials"]
        card = json.loads((folder / "files" / "scorecard.json").read_text())
        told = {name: (summary[name], summary[f"{name}_low"], summary[f"{name}_high"]) for name in card["metrics"]}
        assert told == {name: (each["value"], each["low"], each["high"]) for name, each in card["metrics"].items()}
        assert card["metrics"].keys() == document["metrics"].keys(), "of one that was held no more than is shown"
        for trial in document["trials"]:
            params = {name: value for name, value in trial["params"].items() if name not in ("members", "weights")}
            assert params.items() <= tried[str(trial["number"])].items()
            assert json.loads(tried[str(trial["number"])].get("encoders", "{}")) == trial["encoders"]
            last = summary[f"trial_{trial['number']}"]
            assert {name: last.get(name, "") for name in OUTCOME} == {name: str(trial[name]) for name in OUTCOME}
        assert len(tried) == len(document["trials"])
        curves = [set(each) for each in offline.history(found) if any(name.startswith("curves/") for name in each)]
        assert max(Counter(name for names in curves for name in names).values()) > 1, "losses by more than one step"


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
