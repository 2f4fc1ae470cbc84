"""Runs of the training flow: one at a time per classifier, watched from anywhere, not lost when a process dies."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ratchet import clock
from ratchet.errors import BusyError, NotFoundError
from ratchet.registry.lease import TERM, Lease, Run, taken, term_from
from ratchet.registry.owner import in_words, is_gone, this_process
from ratchet.store import tables
from ratchet.store.database import Database

ASKED = "asked"
"""The entry of a run's steps that says what it was to do."""

TRAIN, STAGE = "train", "stage"
"""The kinds of runs: what the gate lets through is promoted, or left as a challenger."""


_OPEN = ("running", "stopped")
"""The states of runs that may be gone on with."""


class Runs:
    """The runs of one classifier."""

    def __init__(self, database: Database, classifier: str, *, term: timedelta = TERM) -> None:
        self._database = database
        self._classifier = classifier
        self._term = term

    def begin(self, asked: str, *, actor: str, kind: str = TRAIN, reason: str = "") -> Lease:
        """A run that is to do what ``asked`` stands for: one that a dead process left behind, or a new one.

        A run whose process is dead (on this host), was told to stop, or has given no sign of life for its term
        (elsewhere), is taken up if it was asked for the same; the others come as `Lease.left`.  Raises `BusyError`
        where a process is still at one: there is one at a time.
        """
        now, owner = clock.now(), this_process()
        with self._database.begin(alone=f"runs of {self._classifier}") as connection:
            found = [_run(row) for row in connection.execute(self._select().where(tables.runs.c.state.in_(_OPEN)))]
            for run in found:
                self._refuse_living(run, now)
            mine = next((run for run in reversed(found) if run.steps.get(ASKED) == asked), None)
            ids = [run.id for run in found]
            take_up = sa.update(tables.runs).where(tables.runs.c.id.in_(ids))
            connection.execute(
                take_up.values(state="running", finished_at=None, error=None, owner=owner, **term_from(now, self._term))
            )
            if mine is None:
                mine = self._new(connection, now, kind=kind, reason=reason, actor=actor, owner=owner, asked=asked)
        left = tuple(self._lease(taken(run, owner)) for run in found if run.id != mine.id)
        return self._lease(taken(mine, owner), left)

    def abandon(self, why: str) -> list[str]:
        """End every run that a dead process left, or that was told to stop, and has no version yet; their ids.

        Raises `BusyError` where a process is still at one.
        """
        now, registered = clock.now(), sa.select(tables.versions.c.run_id).filter_by(classifier=self._classifier)
        with self._database.begin(alone=f"runs of {self._classifier}") as connection:
            found = [_run(row) for row in connection.execute(self._select().where(tables.runs.c.state.in_(_OPEN)))]
            for run in found:
                self._refuse_living(run, now)
            mine = tables.runs.c.id.in_([run.id for run in found]) & tables.runs.c.id.not_in(registered)
            ended = sa.update(tables.runs).where(mine).values(state="abandoned", error=why, finished_at=now)
            return [row.id for row in connection.execute(ended.returning(tables.runs.c.id))]

    def get(self, run_id: str) -> Run:
        """One run; raises `NotFoundError`."""
        with self._database.read() as connection:
            row = connection.execute(self._select().where(tables.runs.c.id == run_id)).first()
        if row is None:
            raise NotFoundError(
                f"there is no run '{run_id}' of '{self._classifier}'", todo="ratchet show lists versions"
            )
        return _run(row)

    def list(self, state: str | None = None) -> list[Run]:
        """Every run (in a state), oldest first."""
        query = self._select() if state is None else self._select().where(tables.runs.c.state == state)
        with self._database.read() as connection:
            return [_run(row) for row in connection.execute(query)]

    def _lease(self, run: Run, left: tuple[Lease, ...] = ()) -> Lease:
        return Lease(self._database, run, left=left, term=self._term)

    def _new(self, connection: sa.Connection, now: datetime, *, asked: str, **values: Any) -> Run:
        row = {
            "id": clock.new_id(),
            "classifier": self._classifier,
            "state": "running",
            "stage": "",
            "started_at": now,
            "steps": {ASKED: asked},
            **term_from(now, self._term),
            **values,
        }
        return _run(connection.execute(sa.insert(tables.runs).values(**row).returning(tables.runs)).one())

    def _refuse_living(self, run: Run, now: datetime) -> None:
        if run.state == "stopped" or run.lease_until < now or is_gone(run.owner):
            return
        raise BusyError(
            f"'{self._classifier}' is being trained: run {run.id} of {run.actor}, {in_words(run.owner)}, is in the "
            f"step '{run.stage}' and gave a sign of life {(now - run.heartbeat_at).total_seconds():.0f} s ago",
            todo=f"wait until it is done; if that process is dead, try again after {run.lease_until:%H:%M:%S} UTC",
        )

    def _select(self) -> sa.Select[Any]:
        mine = tables.runs.c.classifier == self._classifier
        return sa.select(tables.runs).where(mine).order_by(tables.runs.c.id)


def _run(row: Any) -> Run:
    return Run(**{name: getattr(row, name) for name in Run.__slots__})
