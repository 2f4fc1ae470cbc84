"""The seam that says who is told of runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRecord:
    """All that is told of one training run."""

    classifier: str
    name: str
    """The run's id; told again under it, it is the same run."""
    params: Mapping[str, Any]
    metrics: Mapping[str, float]
    """Flat: ``macro_f1``, ``macro_f1_low``, ``macro_f1_high`` ..."""
    tags: Mapping[str, str]
    """spec hash, dataset id, family, outcome."""
    documents: Mapping[str, Any] = field(default_factory=dict)
    """file name -> JSON document (spec, scorecard, decision)."""
    bundle: Path | None = None
    beside: Mapping[str, str] = field(default_factory=dict)
    """file name -> text: what lies beside the bundle, so that a user of the tracker can open it there."""
    trials: tuple[Mapping[str, Any], ...] = ()
    """Each trial's family, params and score."""


class Tracker(Protocol):
    """Is told of runs; never decides anything.

    Promises: `record` stores the whole run or raises, once however often it is told, and returns the tracker's id for
    it; `champion` makes that run's model the one a user of the tracker finds under the alias ``champion``; a tracker
    that is away stops no training.
    """

    def record(self, run: RunRecord) -> str | None: ...

    def champion(self, classifier: str, run_id: str, version: str) -> None: ...
