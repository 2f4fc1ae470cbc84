"""The seam that says who is told of runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from ratchet.progress import Progress


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
    """Each trial as the leaderboard has it in the end: what was tried, how it did, why it was chosen or lost."""


class Tracker(Protocol):
    """Is told of runs; never decides anything.  Runs go by our ids, whatever the tracker calls them.

    Promises: `record` stores the whole run or raises, once however often it is told, and returns the tracker's id for
    it (None: it keeps none).  `hear` shows a run that goes on, its best score and each trial as it ends; what it told
    by half is completed by `record` or taken back by `forget`, and by `hear` where another process, now dead, left it.
    `champion` makes that run's model the one a user of the tracker finds as the champion; `NotFoundError` where it
    was never told of the run.  One that is away raises `UnavailableError` soon, and one that works again goes on.
    Calls may come from any thread, one at a time.
    """

    name: str
    """What the settings call it."""

    def hear(self, classifier: str, run: str, progress: Progress) -> None: ...

    def record(self, run: RunRecord) -> str | None: ...

    def champion(self, classifier: str, run: str, version: str) -> None: ...

    def forget(self, classifier: str, run: str) -> None: ...


@runtime_checkable
class Reachable(Protocol):
    """A tracker that can be tried before there is anything to tell, as `ratchet doctor` does."""

    def reach(self) -> None:
        """Return once it answers; raises `UnavailableError` soon where it does not.  Nothing is told or made."""
        ...
