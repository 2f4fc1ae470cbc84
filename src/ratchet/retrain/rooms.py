"""What the flow works with, opened once by the composition root."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ratchet.data.versions import Datasets
from ratchet.engine.engine import Engine
from ratchet.registry.holdouts import Holdouts
from ratchet.registry.ledger import Ledger
from ratchet.registry.versions import Versions
from ratchet.retrain.runs import Runs
from ratchet.spec import Spec
from ratchet.store.blobs import Blobs
from ratchet.tracking.tracker import Tracker


@dataclass(frozen=True, kw_only=True, slots=True)
class Rooms:
    """The rooms below, for one classifier; ``workspace`` is the folder of what is kept on this machine."""

    spec: Spec
    workspace: Path
    blobs: Blobs
    engine: Engine
    tracker: Tracker
    datasets: Datasets
    versions: Versions
    ledger: Ledger
    holdouts: Holdouts
    runs: Runs
