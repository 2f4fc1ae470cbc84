"""The tracker kit over Weights & Biases, offline, and what its own reader finds in the folder of a run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from ratchet.errors import BundleError, MissingExtraError, UnavailableError
from ratchet.progress import Progress
from ratchet.testing import trackers
from ratchet.tracking import catalogue
from ratchet.tracking.catalogue import open_trackers
from ratchet.tracking.tracker import Tracker
from ratchet.tracking.wandb import WandbTracker
from tests.tracking import offline
from tests.tracking.test_trackers import FINAL

needs_wandb = pytest.mark.skipif(find_spec("wandb") is None, reason="the extra wandb is not installed")
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore:::wandb")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library takes one folder for its staged files in a process, so the tests share it."""
    return tmp_path_factory.mktemp("100%41 [1]")


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch, workspace: Path) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    for name in ("DATA", "CACHE", "CONFIG"):
        monkeypatch.setenv(f"WANDB_{name}_DIR", str(workspace / "wandb" / name.lower()))


def told(workspace: Path, run: str) -> list[Any]:
    """The records in the one offline folder of a run, once its service has written the last of them."""
    (folder,) = [each for each in (workspace / "wandb").glob("offline-run-*") if each.name.endswith(f"-{run}")]
    return offline.whole(folder)


@needs_wandb
@pytest.mark.parametrize("check", trackers.CHECKS, ids=lambda check: check.__name__)
def test_the_kit(workspace: Path, check: Callable[[Callable[[], Tracker]], None]) -> None:
    check(lambda: WandbTracker(workspace))


@needs_wandb
def test_the_folder_holds_the_whole_run(workspace: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tracker = WandbTracker(workspace)
    for progress in trackers.heard():
        tracker.hear("reviews", "41", progress)
    assert tracker.record(trackers.run(tmp_path, "41")) == "41"
    records = told(workspace, "41")
    history = offline.history(records)
    assert [each["best_score"] for each in history if "best_score" in each] == [0.8, 0.8, 0.81]
    assert [each["trial/number"] for each in history if "trial/number" in each] == [0, 1]
    curve = [each["curves/0/log-loss_held"] for each in history if "curves/0/log-loss_held" in each]
    assert curve == [0.7, 0.6, 0.6]
    config = offline.config(records)
    assert config["C"] == 1.5
    assert config["trials"] == {"0": {"family": "linear.v1", "C": 1.5}, "1": {"family": "boosted.v1", "leaves": 31}}
    assert offline.summary(records)["macro_f1"] == 0.81
    (artifact,) = offline.artifacts(records)
    assert (artifact.name, artifact.type, set(artifact.aliases)) == ("reviews", "model", {"run-41", "latest"})
    assert {"manifest.json", "arrays/w.bin"} <= {each.path for each in artifact.manifest.contents}
    (folder,) = (workspace / "wandb").glob("offline-run-*-41")
    assert json.loads((folder / "files" / "spec.json").read_text()) == {"name": "reviews"}
    assert capfd.readouterr().out == ""


@needs_wandb
def test_each_trial_is_told_as_the_leaderboard_has_it_in_the_end(workspace: Path, tmp_path: Path) -> None:
    tracker, (first, second) = WandbTracker(workspace), FINAL
    then = {"number": 0, "family": "linear.v1", "params": {"C": 1.5}, "state": "stopped", "reason": "the time was up"}
    tracker.hear("reviews", "finals", Progress(stage="search", done=1, best=0.8, trial=then))
    tracker.record(replace(trackers.run(tmp_path, "finals"), trials=FINAL))
    records = told(workspace, "finals")
    assert [each["trial/reason"] for each in offline.history(records) if "trial/reason" in each] == [
        "the time was up",
        "dropped after 1 of 5 folds",
    ]
    tried = offline.config(records)["trials"]
    assert json.loads(tried["0"]["encoders"]) == first["encoders"]
    assert json.loads(tried["0"]["texts"]) == first["texts"]
    found = offline.summary(records)
    numbers, words = ("score", "folds", "seconds"), ("state", "rule", "reason", "settings")
    for number, wanted in (("trial_0", first), ("trial_1", second)):
        assert {name: found[number][name] for name in numbers} == {name: wanted[name] for name in numbers}
        assert {name: found[number].get(name, "") for name in words} == {name: str(wanted[name]) for name in words}
    (path,) = (workspace / "wandb").glob("offline-run-*-finals/files/media/table/*.json")
    table = json.loads(path.read_text())
    assert {"number", "rule", "reason", "encoders", "texts", "settings"} <= set(table["columns"])
    assert len(table["data"]) == 2


@needs_wandb
def test_a_run_that_fails_halfway_or_is_forgotten_leaves_no_folder(workspace: Path, tmp_path: Path) -> None:
    tracker = WandbTracker(workspace)
    whole = trackers.run(tmp_path, "half")
    with pytest.raises(UnavailableError, match="could not be told"):
        tracker.record(replace(whole, documents={"spec.json": object()}))
    with pytest.raises(BundleError, match="absent is no folder"):
        tracker.record(replace(whole, bundle=tmp_path / "absent"))
    tracker.forget("reviews", "half")
    assert not list((workspace / "wandb").glob("offline-run-*-half"))
    assert tracker.record(whole) == "half"


KILLED = """
import os, signal, sys
from pathlib import Path
from ratchet.testing import trackers
from ratchet.tracking.wandb import WandbTracker
WandbTracker(Path(sys.argv[1])).hear("reviews", "killed", trackers.heard()[0])
os.kill(os.getpid(), signal.SIGKILL)
"""


@needs_wandb
def test_what_a_killed_process_told_by_half_is_told_anew(workspace: Path, tmp_path: Path) -> None:
    WandbTracker(workspace).record(trackers.run(tmp_path, "before"))
    assert "WANDB_SERVICE" in os.environ, "the library offers its service to the processes that this one begins"
    assert subprocess.run([sys.executable, "-c", KILLED, str(workspace)], timeout=120, check=False).returncode == -9
    (half,) = (workspace / "wandb").glob("offline-run-*-killed")
    assert WandbTracker(workspace).record(trackers.run(tmp_path, "killed")) == "killed"
    (whole,) = (workspace / "wandb").glob("offline-run-*-killed")
    assert [each["trial/number"] for each in offline.history(told(workspace, "killed")) if "trial/number" in each] == [
        0,
        1,
    ]
    assert (whole / "ratchet-told-whole").exists()
    assert half.parent == whole.parent


@needs_wandb
def test_opening_it_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from ratchet.tracking.catalogue import open_trackers; "
        "open_trackers('wandb', None, Path(sys.argv[1])); assert 'wandb' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=60)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_library_says_what_to_type(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(catalogue, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'ratchet-ml\[wandb\]'"):
        open_trackers("wandb", None, tmp_path)
