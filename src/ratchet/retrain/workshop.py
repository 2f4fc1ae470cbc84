"""What the training flow works with: the records of one classifier, and where work runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ratchet.engine.engine import Engine
from ratchet.registry.records import Records
from ratchet.tracking.tracker import Tracker


@dataclass(frozen=True, kw_only=True, slots=True)
class Workshop:
    """One classifier's records, the engine that runs its work, who is told, and the folder of what is kept here."""

    records: Records
    engine: Engine
    trackers: tuple[Tracker, ...]
    workspace: Path

    @property
    def cache(self) -> Path:
        """Working files, and what can be made again."""
        return (self.records.blobs.seals.scratch or self.workspace) / "cache"
