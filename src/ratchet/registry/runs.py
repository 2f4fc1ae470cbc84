"""Runs: what each training is doing or did."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from ratchet import clock
from ratchet.errors import NotFoundError
from ratchet.store import tables
from ratchet.store.database import Database

_LEASE = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One training: its state (running, finished, failed), the stage it reached, and what came of it."""

    id: str
    state: str
    stage: str
    started_at: datetime
    finished_at: datetime | None
    outcome: Mapping[str, Any] | None
    error: str | None


class RunHandle:
    """The run under way: `stage` says where it is, `finish` what came of it."""

    def __init__(self, database: Database, run_id: str) -> None:
        self.id = run_id
        self._database = database

    def stage(self, name: str) -> None:
        """Note that the run reached a stage."""
        self._set(stage=name)

    def finish(self, outcome: Mapping[str, Any]) -> None:
        """Note what came of the run."""
        self._set(state="finished", finished_at=clock.now(), outcome=dict(outcome))

    def fail(self, error: str) -> None:
        """Note why the run ended without an outcome."""
        self._set(state="failed", finished_at=clock.now(), error=error)

    def _set(self, **values: Any) -> None:
        with self._database.begin() as connection:
            connection.execute(update(tables.runs).where(tables.runs.c.id == self.id).values(**values))


class Runs:
    """The trainings of one classifier."""

    def __init__(self, database: Database, classifier: str) -> None:
        self._database = database
        self._classifier = classifier

    @contextmanager
    def start(self, stage: str) -> Iterator[RunHandle]:
        """A new run, which is noted as failed, with the reason, if the block raises."""
        handle = RunHandle(self._database, clock.new_id())
        with self._database.begin() as connection:
            connection.execute(insert(tables.runs).values(**self._row(handle.id, stage)))
        try:
            yield handle
        except BaseException as error:
            handle.fail(f"{type(error).__name__}: {error}")
            raise

    def _row(self, run_id: str, stage: str) -> dict[str, Any]:
        at = clock.now()
        return {
            "id": run_id,
            "classifier": self._classifier,
            "kind": "train",
            "state": "running",
            "stage": stage,
            "reason": "",
            "actor": "local",
            "owner": f"{platform.node()[:100]}:{os.getpid()}",
            "started_at": at,
            "heartbeat_at": at,
            "lease_until": at + _LEASE,
            "steps": {},
        }

    def get(self, run_id: str) -> Run:
        """One run; raises `NotFoundError`."""
        runs = tables.runs
        with self._database.begin() as connection:
            query = select(runs).where(runs.c.classifier == self._classifier, runs.c.id == run_id)
            row = connection.execute(query).mappings().first()
        if row is None:
            raise NotFoundError(
                f"there is no run '{run_id}' of '{self._classifier}'", todo="ratchet show lists versions"
            )
        return Run(**{key: row[key] for key in Run.__slots__})
