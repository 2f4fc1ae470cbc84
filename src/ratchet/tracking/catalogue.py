"""The trackers that the settings ask for: ours, or others' by the entry point group ``ratchet.trackers``.

A package that adds one names there a function that takes a `Place` and gives a `ratchet.tracking.tracker.Tracker`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ratchet.catalogue import Catalogue
from ratchet.errors import MissingExtraError, SettingsError, SpecError
from ratchet.tracking.mlflow import MlflowTracker
from ratchet.tracking.silent import SilentTracker
from ratchet.tracking.tracker import Tracker
from ratchet.tracking.wandb import WandbTracker

GROUP = "ratchet.trackers"
OFF = "off"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a tracker may keep its things, and how it is reached."""

    folder: Path
    """The workspace."""
    uri: str | None
    """``RATCHET_TRACKING_URI``: MLflow's address."""
    asked: bool
    """Whether it was asked for by name, and is not only there by default."""


Opener = Callable[[Place], Tracker]


def open_trackers(names: str | None, uri: str | None, folder: Path) -> tuple[Tracker, ...]:
    """The trackers that ``names`` lists, parted by commas; MLflow by default, none for ``off``.

    MLflow is at ``uri``, else at ``MLFLOW_TRACKING_URI``, else in an SQLite file and a folder of ours.  Nothing is
    connected to and nothing heavy is imported before a run comes.  Raises `SettingsError` for a name that is none, and
    `MissingExtraError` for a tracker asked for by name whose library is not installed.
    """
    wanted = list(dict.fromkeys(each.strip() for each in (names or "mlflow").split(",") if each.strip()))
    if wanted == [OFF]:
        return ()
    place = Place(folder=folder.absolute(), uri=uri, asked=names is not None)
    return tuple(_opener(name)(place) for name in wanted if (name, uri) != ("mlflow", OFF))


def _opener(name: str) -> Opener:
    try:
        return _TRACKERS.get(name)
    except SpecError as error:
        raise SettingsError(f"RATCHET_TRACKING: {error.problem}", todo=f"{error.todo}, or {OFF} for none") from None


def _mlflow(place: Place) -> Tracker:
    if find_spec("mlflow") is None:
        if place.asked:
            raise MissingExtraError("RATCHET_TRACKING=mlflow", "mlflow")
        why = "MLflow is not installed (pip install 'ratchet-ml[mlflow]'; RATCHET_TRACKING=off hides this)"
        return SilentTracker(why, name="mlflow")
    uri = place.uri or os.environ.get("MLFLOW_TRACKING_URI") or None
    if uri is not None:
        return MlflowTracker(uri, scratch=place.folder / "cache")
    return MlflowTracker(place.folder / "mlflow.db", artifacts=place.folder / "mlflow", scratch=place.folder / "cache")


def _wandb(place: Place) -> Tracker:
    if find_spec("wandb") is None:
        raise MissingExtraError("RATCHET_TRACKING=wandb", "wandb")
    return WandbTracker(place.folder)


_TRACKERS: Catalogue[Opener] = Catalogue("tracker", GROUP, {"mlflow": _mlflow, "wandb": _wandb})
