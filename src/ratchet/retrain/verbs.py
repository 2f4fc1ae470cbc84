"""The verbs of runs, champions and trackers, as `ratchet.classifier.Classifier` has them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ratchet import clock, platforms
from ratchet.arguments import as_switch
from ratchet.errors import NotFoundError
from ratchet.registry import promotion
from ratchet.registry.events import Event
from ratchet.registry.lease import Run
from ratchet.registry.numbers import Named, named
from ratchet.registry.owner import is_gone
from ratchet.registry.records import Records
from ratchet.retrain.hearing import log_of
from ratchet.retrain.telling import Told, champion_changes, tell, untold, waiting
from ratchet.retrain.workshop import Workshop
from ratchet.serving.closable import Closable
from ratchet.serving.live import Live

_LOOK = 30.0
"""Seconds between two looks for what trackers are owed."""
_FIRST = 3
"""Characters of an id that name a run at least."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunState:
    """Where a run of the training flow is, or how it ended."""

    id: str
    kind: str
    """``train``, or ``stage``: what the gate lets through is left as a challenger."""
    state: str
    """``running``, ``stopped`` (it was told to), ``died`` (its process is gone, and no other took it up yet),
    ``finished``, ``failed`` or ``abandoned``."""
    stage: str
    """What is done now, or was done last."""
    reason: str
    actor: str
    started_at: datetime
    finished_at: datetime | None
    done: int = 0
    """Of what the stage has to do, what is done: in a search, trials."""
    total: int = 0
    """0: not known."""
    note: str = ""
    best: float | None = None
    """The best score so far, of the metric that is searched for."""
    seconds_left: float | None = None
    """What is left of the budget."""
    version: str | None = None
    """The version that it made."""

    @property
    def seconds(self) -> float:
        """How long it has taken so far, or took."""
        return ((self.finished_at or clock.now()) - self.started_at).total_seconds()

    outcome: str | None = None
    """What the gate decided."""
    error: str | None = None


class Runs(Closable):
    """The verbs about runs, about who is champion, and about what trackers are told of both."""

    _records: Records
    _shop: Workshop
    _live: Live
    _told: tuple[Told, ...] = ()
    _telling: threading.Thread | None = None
    _looked: float = float("-inf")

    def runs(self) -> list[RunState]:
        """Every run of the training flow, newest first."""
        return [_state(each) for each in reversed(self._records.runs.list())]

    def run(self, run: str) -> RunState:
        """One run by its id, or by how its id begins or ends; raises `NotFoundError`."""
        found = [each for each in self._records.runs.list() if len(run) >= _FIRST and _is_named(each.id, run)]
        if len(found) == 1:
            return _state(found[0])
        what = f"{len(found)} runs are called" if found else "there is no run"
        raise NotFoundError(f"{what} '{run}' of '{self._records.spec.name}'", todo="ratchet runs lists them")

    def run_log(self, run: str) -> list[dict[str, Any]]:
        """What a run said, oldest first: each stage, finding and trial, with the moment it came; also while it goes on.

        Each has ``at`` and ``stage``, and a ``note`` or a ``trial``.  Raises `NotFoundError`.
        """
        return list(log_of(self._shop, self.run(run).id).lines())

    def promote(self, version: Named, *, actor: str | None = None, reason: str = "", override: bool = False) -> Event:
        """Make a version champion, if it can be loaded and answers; raises `BundleError` where it cannot.

        Raises `RefusedError` where the gate did not let it through, but for an ``override`` with a written reason.
        """
        self._require_open()
        number, who, forced = named(version), actor or platforms.user(), as_switch(override, "override")
        self._live.rehearsed(number)
        with champion_changes(self._shop):
            event = promotion.promote(self._records, number, actor=who, reason=reason, override=forced)
        self._told = tell(self._shop)
        return event

    def rollback(self, *, actor: str | None = None, reason: str = "", to: Named | None = None) -> str:
        """Give the place back to the champion before, or to ``to``, one of those before; gives its number."""
        self._require_open()
        number, who = None if to is None else named(to), actor or platforms.user()
        self._live.rehearsed(self._records.ledger.target(number))
        with champion_changes(self._shop):
            version = self._records.ledger.rollback(actor=who, reason=reason or "by hand", to=number)
        self._told = tell(self._shop)
        return version

    def sync_trackers(self) -> tuple[Told, ...]:
        """Tell each tracker what it missed while it was away; what still waits says why (`Told.problem`)."""
        self._require_open()
        self._told = tell(self._shop)
        return self._told

    def untold(self) -> tuple[str, ...]:
        """A sentence for each tracker that is still owed a run or a change of champion, with what was wrong last."""
        return tuple(untold(self._told or waiting(self._shop)))

    def _tend_trackers(self) -> None:
        """Tell trackers what they missed, in a thread of its own, where something waits; looks seldom, never raises."""
        busy = self._telling is not None and self._telling.is_alive()
        if busy or clock.monotonic() - self._looked < _LOOK:
            return
        self._looked = clock.monotonic()
        self._telling = threading.Thread(target=self._catch_up, name="telling trackers", daemon=True)
        self._telling.start()

    def _catch_up(self) -> None:
        tell(self._shop, patience=0.0)


def _is_named(run_id: str, text: str) -> bool:
    return run_id.startswith(text) or run_id.endswith(text)


def _state(run: Run) -> RunState:
    progress: Mapping[str, Any] = run.progress or {}
    outcome: Mapping[str, Any] = run.outcome or {}
    over = run.finished_at is not None
    told = {name: progress[name] for name in ("done", "total", "note", "best") if name in progress}
    return RunState(
        id=run.id,
        kind=run.kind,
        state="died" if run.state == "running" and is_gone(run.owner) else run.state,
        stage=str(progress.get("stage") or run.stage),
        reason=run.reason,
        actor=run.actor,
        started_at=run.started_at,
        finished_at=run.finished_at,
        seconds_left=None if over else progress.get("seconds_left"),
        version=outcome.get("version"),
        outcome=outcome.get("outcome"),
        error=run.error,
        **told,
    )
