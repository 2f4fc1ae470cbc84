"""The tracker that the settings ask for."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from ratchet.tracking.mlflow import MlflowTracker
from ratchet.tracking.silent import SilentTracker
from ratchet.tracking.tracker import Tracker


def open_tracker(uri: str | None, default_folder: Path) -> Tracker:
    """The tracker at ``uri``, else at ``MLFLOW_TRACKING_URI``, else in an SQLite file and a folder of ours.

    ``off`` tells nobody; so does a missing MLflow, which is said in the log once a run comes.  Nothing is connected to
    and nothing heavy is imported before that.
    """
    uri = uri or os.environ.get("MLFLOW_TRACKING_URI") or None
    if uri == "off":
        return SilentTracker()
    if find_spec("mlflow") is None:
        return SilentTracker(
            "MLflow is not installed (pip install 'ratchet-ml[mlflow]'; RATCHET_TRACKING_URI=off hides this)"
        )
    folder = default_folder.absolute()
    if uri is not None:
        return MlflowTracker(uri, scratch=folder / "cache")
    return MlflowTracker(folder / "mlflow.db", artifacts=folder / "mlflow", scratch=folder / "cache")
