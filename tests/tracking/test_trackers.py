"""The tracker kit over every tracker, and what MLflow's own client finds afterwards."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import sqlalchemy as sa

from ratchet.errors import BundleError, UnavailableError
from ratchet.progress import Progress
from ratchet.testing import trackers
from ratchet.tracking.catalogue import open_trackers
from ratchet.tracking.mlflow import MlflowTracker
from ratchet.tracking.silent import SilentTracker
from ratchet.tracking.tracker import Tracker
from tests.tracking.servers import mlflow_server

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore:::mlflow")
"""MLflow keeps its database open until the process ends."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow takes seconds to make its database, so the tests share one."""
    return tmp_path_factory.mktemp("100%41 [1]")


@pytest.fixture(autouse=True)
def _no_uri(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@pytest.fixture
def client(workspace: Path) -> Any:
    from mlflow import MlflowClient

    uri = sa.URL.create("sqlite", database=str(workspace / "mlflow.db")).render_as_string()
    return MlflowClient(tracking_uri=uri, registry_uri=uri)


def open_tracker(uri: str | None, folder: Path, name: str = "mlflow") -> Tracker:
    """The only one of that name."""
    (found,) = open_trackers(name, uri, folder)
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real MLflow server, a process of its own."""
    folder = tmp_path_factory.mktemp("mlflow-server")
    with mlflow_server(folder) as address:
        yield address


@pytest.mark.parametrize("check", trackers.CHECKS, ids=lambda check: check.__name__)
class TestKit:
    def test_mlflow_in_a_file(self, workspace: Path, check: Callable[[Callable[[], Tracker]], None]) -> None:
        check(lambda: open_tracker(None, workspace))

    def test_an_mlflow_server(
        self, server: str, tmp_path: Path, check: Callable[[Callable[[], Tracker]], None]
    ) -> None:
        check(lambda: open_tracker(server, tmp_path))

    def test_silence(self, check: Callable[[Callable[[], Tracker]], None]) -> None:
        check(SilentTracker)


def test_mlflow_finds_the_whole_run(workspace: Path, client: Any, tmp_path: Path) -> None:
    run_id = open_tracker(None, workspace).record(trackers.run(tmp_path, "41"))
    found = client.get_run(run_id)
    assert client.get_experiment(found.info.experiment_id).name == "reviews"
    assert found.info.run_name == "41"
    assert found.info.status == "FINISHED"
    assert found.data.params == {"family": "linear.v1", "C": "1.5"}
    assert found.data.metrics == {"macro_f1": 0.81, "macro_f1_low": 0.79, "macro_f1_high": 0.83}
    assert found.data.tags["mlflow.loggedArtifacts"] == '[{"path": "trials.json", "type": "table"}]'
    assert {"spec": "0123456789abcdef", "outcome": "promote"}.items() <= found.data.tags.items()
    spec = Path(client.download_artifacts(run_id, "spec.json", tmp_path))
    assert json.loads(spec.read_text()) == {"name": "reviews"}
    trials = json.loads(Path(client.download_artifacts(run_id, "trials.json", tmp_path)).read_text())
    assert trials["columns"] == ["number", "family", "state", "score", "seconds", "C", "reason", "leaves"]
    assert [row[5] for row in trials["data"]] == [1.5, None]
    bundle = Path(client.download_artifacts(run_id, "model/bundle", tmp_path))
    assert (bundle / "arrays" / "w.bin").read_bytes() == b"123"
    assert json.loads((bundle / "manifest.json").read_text()) == {"name": "41"}


def test_what_lies_beside_the_bundle_makes_it_a_model(workspace: Path, client: Any, tmp_path: Path) -> None:
    told = replace(trackers.run(tmp_path, "42"), beside={"MLmodel": "flavors: {}\n"})
    run_id = open_tracker(None, workspace).record(told)
    assert {each.path for each in client.list_artifacts(run_id, "model")} == {"model/MLmodel", "model/bundle"}
    assert Path(client.download_artifacts(run_id, "model/MLmodel", tmp_path)).read_text() == "flavors: {}\n"


def test_mlflow_finds_the_champion(workspace: Path, client: Any, tmp_path: Path) -> None:
    tracker = open_tracker(None, workspace)
    ids = {name: tracker.record(replace(trackers.run(tmp_path, name), classifier="films")) for name in ("1", "2")}
    for name, numbers in (("1", 1), ("2", 2), ("1", 2)):
        tracker.champion("films", name, name)
        champion = client.get_model_version_by_alias("films", "champion")
        assert champion.run_id == ids[name]
        assert champion.tags["ratchet.version"] == name
        assert len(client.search_model_versions("name = 'films'")) == numbers, "going back registers nothing anew"
    where = client.get_model_version_download_uri("films", champion.version)
    assert json.loads(Path(unquote(urlsplit(where).path), "bundle", "manifest.json").read_text()) == {"name": "1"}


def test_a_run_that_fails_halfway_is_not_shown(workspace: Path, client: Any, tmp_path: Path) -> None:
    tracker = open_tracker(None, workspace)
    whole = replace(trackers.run(tmp_path, "half"), classifier="half")
    with pytest.raises(UnavailableError, match="could not be told"):
        tracker.record(replace(whole, documents={"spec.json": object()}))
    with pytest.raises(BundleError, match="absent is no folder"):
        tracker.record(replace(whole, bundle=tmp_path / "absent"))
    experiment = client.get_experiment_by_name("half")
    assert client.search_runs([experiment.experiment_id]) == []
    assert tracker.record(whole), "the next run is told"


def test_what_a_killed_process_told_by_half_is_told_anew(workspace: Path, client: Any, tmp_path: Path) -> None:
    whole = replace(trackers.run(tmp_path, "killed"), classifier="killed")
    experiment = client.create_experiment("killed", artifact_location=(tmp_path / "artifacts").as_uri())
    half = client.create_run(experiment, run_name="killed", tags={"ratchet.run": "killed"}).info.run_id
    told = [open_tracker(None, workspace).record(whole) for _ in range(2)]
    (found,) = client.search_runs([experiment], "tags.`ratchet.run` != ''")
    assert told == [found.info.run_id] * 2
    assert (found.info.status, half != told[0]) == ("FINISHED", True)


def test_nothing_global_changes(workspace: Path, tmp_path: Path) -> None:
    import mlflow

    before = mlflow.get_tracking_uri(), mlflow.get_registry_uri()
    tracker = open_tracker(None, workspace)
    tracker.record(trackers.run(tmp_path, "1"))
    tracker.champion("reviews", "1", "1")
    assert (mlflow.get_tracking_uri(), mlflow.get_registry_uri()) == before
    assert mlflow.active_run() is None


@pytest.mark.parametrize("uri", ["http://me:secret@127.0.0.1:9", "postgresql://me:secret@127.0.0.1:9/mlflow"])
def test_a_tracker_that_is_away_is_unavailable_at_once(uri: str, tmp_path: Path) -> None:
    tracker = open_tracker(uri, tmp_path)
    for _ in range(2):
        began = time.process_time()
        with pytest.raises(UnavailableError, match="does not answer") as caught:
            tracker.record(trackers.run(tmp_path, "1"))
        assert time.process_time() - began < 1, "no retries, and MLflow is not even imported"
        assert "secret" not in str(caught.value)


def test_trials_are_nested_runs_with_curves_by_step(workspace: Path, client: Any, tmp_path: Path) -> None:
    tracker = open_tracker(None, workspace)
    for progress in trackers.heard():
        tracker.hear("curves", "1", progress)
    experiment = client.get_experiment_by_name("curves").experiment_id
    (under_way,) = client.search_runs([experiment], "tags.`ratchet.run` = '1'")
    assert under_way.info.status == "RUNNING"
    best = client.get_metric_history(under_way.info.run_id, "best_score")
    assert [(each.step, each.value) for each in best] == [(1, 0.8), (1, 0.8), (2, 0.81)]
    nested = client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{under_way.info.run_id}'")
    first, second = sorted(nested, key=lambda each: str(each.data.tags["ratchet.trial"]))
    assert first.data.params == {"family": "linear.v1", "C": "1.5"}
    assert first.data.metrics["score"] == 0.8
    losses = client.get_metric_history(first.info.run_id, "log-loss_learned")
    assert [(each.step, each.value) for each in losses] == [(1, 0.7), (2, 0.5), (3, 0.4)]
    assert (second.info.status, second.data.tags["reason"]) == ("FAILED", "it ran out of memory")
    tracker.record(replace(trackers.run(tmp_path, "1"), classifier="curves"))
    assert len(client.search_runs([experiment])) == 3, "each trial is told once"


FINAL: tuple[dict[str, Any], ...] = (
    {"number": 0, "family": "linear.v1", "params": {"C": 1.5}, "state": "finished", "score": 0.8, "spread": 0.02}
    | {"folds": 5, "seconds": 1.5, "reason": "", "rule": "the highest score", "chosen": True}
    | {"encoders": {"Prix (€)": "quantiles.v1"}, "texts": {"note": {"of": ["note"], "clean": ["urls"]}}}
    | {"settings": "C 1.5; note cleaned of urls"},
    {"number": 1, "family": "boosted.v1", "params": {"leaves": 31}, "state": "dropped", "score": 0.7, "folds": 1}
    | {"seconds": 0.5, "reason": "dropped after 1 of 5 folds", "rule": "", "settings": "leaves 31"},
)
"""Two trials as the leaderboard has them in the end."""


@pytest.mark.parametrize("heard", [True, False], ids=["heard", "told at once"])
def test_nested_runs_say_in_the_end_what_the_leaderboard_says(
    workspace: Path, client: Any, tmp_path: Path, heard: bool
) -> None:
    tracker, name = open_tracker(None, workspace), f"finals {heard}"
    then = {"reason": "the time was up", "rule": "", "folds": 3}
    just_ended = {key: value for key, value in FINAL[0].items() if key not in ("chosen", "settings")} | then
    if heard:
        tracker.hear(name, "1", Progress(stage="search", done=1, best=0.8, trial=just_ended))
    run_id = tracker.record(replace(trackers.run(tmp_path, "1"), classifier=name, trials=FINAL))
    experiment = client.get_experiment_by_name(name).experiment_id
    nested = client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{run_id}'")
    first, second = sorted(nested, key=lambda each: str(each.data.tags["ratchet.trial"]))
    assert json.loads(first.data.params["encoders"]) == FINAL[0]["encoders"]
    assert json.loads(first.data.params["texts"]) == FINAL[0]["texts"]
    assert first.data.metrics == {"score": 0.8, "spread": 0.02, "folds": 5, "seconds": 1.5}
    for found, wanted in zip((first, second), FINAL, strict=True):
        said = {name: found.data.tags.get(name, "") for name in ("state", "rule", "reason", "settings")}
        assert said == {name: str(wanted[name]) for name in said}
    assert second.data.params == {"family": "boosted.v1", "leaves": "31"}


def test_a_run_that_came_to_nothing_is_not_shown(workspace: Path, client: Any) -> None:
    open_tracker(None, workspace).hear("nothing", "1", trackers.heard()[0])
    experiment = client.get_experiment_by_name("nothing").experiment_id
    assert len(client.search_runs([experiment])) == 2
    open_tracker(None, workspace).forget("nothing", "1")
    assert client.search_runs([experiment]) == []


def test_the_environment_names_mlflows_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://tracker:5000")
    tracker = open_tracker(None, tmp_path)
    assert isinstance(tracker, MlflowTracker)
    assert tracker.uri == "http://tracker:5000"
    named = open_tracker("http://other:5000", tmp_path)
    assert isinstance(named, MlflowTracker)
    assert named.uri == "http://other:5000", "our own setting goes before MLflow's"


def test_opening_imports_nothing_heavy_and_makes_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from ratchet.tracking.catalogue import open_trackers; "
        "open_trackers(None, None, Path(sys.argv[1])); "
        "assert not {'mlflow', 'wandb', 'alembic', 'sqlalchemy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=60)
    assert list(tmp_path.iterdir()) == []


def test_silence_is_explained_once(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    tracker = SilentTracker("MLflow is not installed")
    with caplog.at_level(logging.WARNING):
        for name in ("1", "2"):
            assert tracker.record(trackers.run(tmp_path, name)) is None
    assert [record.getMessage() for record in caplog.records] == ["run 1 is not recorded: MLflow is not installed"]
