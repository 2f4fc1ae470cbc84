"""Which trackers the settings ask for."""

from __future__ import annotations

from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

import ratchet.catalogue
from ratchet.errors import MissingExtraError, SettingsError
from ratchet.tracking import catalogue
from ratchet.tracking.catalogue import Place, open_trackers
from ratchet.tracking.mlflow import MlflowTracker
from ratchet.tracking.silent import SilentTracker


def test_mlflow_is_told_unless_others_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "find_spec", lambda name: object())
    assert [each.name for each in open_trackers(None, None, tmp_path)] == ["mlflow"]
    assert [each.name for each in open_trackers(" wandb, mlflow,wandb", None, tmp_path)] == ["wandb", "mlflow"]


def test_nobody_is_told_where_that_is_asked_for(tmp_path: Path) -> None:
    assert open_trackers("off", None, tmp_path) == ()
    assert open_trackers(None, "off", tmp_path) == ()


def test_a_name_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no tracker 'mlfow'") as caught:
        open_trackers("mlfow", None, tmp_path)
    assert "mlflow, wandb" in caught.value.todo


def test_without_mlflow_runs_go_untold_unless_it_was_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(catalogue, "find_spec", lambda name: None)
    (found,) = open_trackers(None, None, tmp_path)
    assert isinstance(found, SilentTracker)
    with pytest.raises(MissingExtraError, match=r"ratchet-ml\[mlflow\]"):
        open_trackers("mlflow", None, tmp_path)


class Theirs(SilentTracker):
    """Another package's."""

    def __init__(self, place: Place) -> None:
        super().__init__(name="theirs")
        self.folder = place.folder


def test_another_package_may_add_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    point = EntryPoint("theirs", f"{__name__}:Theirs", catalogue.GROUP)
    monkeypatch.setattr(EntryPoint, "load", lambda self: Theirs)
    monkeypatch.setattr(ratchet.catalogue, "entry_points", lambda group: EntryPoints([point]))
    monkeypatch.setattr(catalogue, "find_spec", lambda name: object())
    mlflow, theirs = open_trackers("mlflow,theirs", None, tmp_path)
    assert isinstance(mlflow, MlflowTracker)
    assert isinstance(theirs, Theirs)
    assert theirs.folder == tmp_path
