"""A run in one process's hands: renewed while that process lives, and lost when it dies."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa

from ratchet import clock
from ratchet.documents import plain
from ratchet.errors import RatchetError, RefusedError
from ratchet.progress import Progress
from ratchet.store.database import Database
from ratchet.store.tables import runs

TERM = timedelta(seconds=60)
"""How long a run is left alone after its last sign of life, where nobody can tell whether its process is dead."""
_BEATS = 6
"""Signs of life in a term."""
_LOOK = 1.0
"""Seconds between two looks for progress to write: at most one row a second is written, however fast work reports."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One run of the flow: where it is, who has it in hand, what its steps have made, and what came of it."""

    id: str
    kind: str
    state: str
    """running, stopped (it was told to, and may be taken up), finished, failed (it raised) or abandoned (its process
    died, and nobody took it up)."""
    stage: str
    """The step it is in, or ended in."""
    reason: str
    """Why it was begun."""
    actor: str
    owner: str
    started_at: datetime
    heartbeat_at: datetime
    lease_until: datetime
    finished_at: datetime | None
    progress: Mapping[str, Any] | None
    """The last `Progress` of the step it is in."""
    steps: Mapping[str, str]
    """Step -> the id or key of what it made; ``asked`` -> what the run was to do."""
    outcome: Mapping[str, Any] | None
    error: str | None


class Lease:
    """A run that this process may carry on.

    Promises: while its block runs, a thread gives a sign of life and writes the newest progress; nothing is written
    through it once another process has taken the run up (`RefusedError`); a block that raises ends the run as
    failed, and one that is told to stop (`KeyboardInterrupt`) leaves it to be taken up.
    """

    def __init__(self, database: Database, run: Run, *, left: tuple[Lease, ...] = (), term: timedelta = TERM) -> None:
        self.id = run.id
        self.actor = run.actor
        self.kind = run.kind
        self.left = left
        """Runs of processes that died, which ask for something else: to be ended before this one goes on."""
        self._run = run
        self._database = database
        self._term = term
        self._steps = dict(run.steps)
        self._progress: Progress | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"lease of {run.id}", daemon=True)

    def made(self, step: str) -> str | None:
        """What a step made, by this process or one before it; None while it has not ended."""
        return self._steps.get(step)

    def step(self, name: str, work: Callable[[], str]) -> str:
        """What the step made: as noted, or else by ``work``, which is noted when it ends."""
        return self._steps[name] if name in self._steps else self.again(name, work)

    def again(self, name: str, work: Callable[[], str]) -> str:
        """What the step makes now, noted when it ends: for a step that looks for itself whether it has to work."""
        self.stage(name)
        self.note(name, work())
        return self._steps[name]

    def stage(self, name: str) -> None:
        """Note that a step begins."""
        self._progress = None
        self._write(stage=name, progress=None)

    def note(self, step: str, made: str) -> None:
        """Note what a step made: an id, or a key."""
        self._write(steps={**self._steps, step: made})
        self._steps[step] = made

    def report(self, progress: Progress) -> None:
        """Keep the newest progress; it is written within a second or so, and never raises."""
        self._progress = progress

    def finish(self, outcome: Mapping[str, Any]) -> None:
        """End the run with what came of it."""
        self._write(state="finished", finished_at=clock.now(), outcome=plain(dict(outcome)))

    def abandon(self, why: str) -> None:
        """End a run whose process died and that is not gone on with."""
        self._write(state="abandoned", finished_at=clock.now(), error=why)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        if error is not None:
            state = "stopped" if isinstance(error, KeyboardInterrupt) else "failed"
            with suppress(RatchetError):  # a database that is away: the next process finds the run without an owner
                self._write(state=state, finished_at=clock.now(), error=f"{type(error).__name__}: {error}")

    def _beat(self) -> None:
        every = self._term.total_seconds() / _BEATS
        due = clock.monotonic() + every
        while not self._over.wait(min(_LOOK, every)):
            progress, self._progress = self._progress, None
            if progress is None and clock.monotonic() < due:
                continue
            with suppress(RatchetError):  # a database that is away: the next note finds out whether the lease held
                self._renew(progress)
                due = clock.monotonic() + every

    def _renew(self, progress: Progress | None) -> None:
        with self._database.begin() as connection:
            connection.execute(
                self._mine(*(each.id for each in self.left)).values(**term_from(clock.now(), self._term))
            )
            if progress is not None:
                connection.execute(self._mine().values(progress=plain(progress)))

    def _write(self, **values: Any) -> None:
        with self._database.begin() as connection:
            changed = connection.execute(self._mine().values(**values, **term_from(clock.now(), self._term)))
        if not changed.rowcount:
            raise RefusedError(
                f"the run {self.id} is not in this process's hands any more",
                todo="another process took it up, or it has ended; see what that one makes of it",
            )

    def _mine(self, *also: str) -> sa.Update:
        return sa.update(runs).where(
            runs.c.id.in_([self.id, *also]), runs.c.owner == self._run.owner, runs.c.state == "running"
        )


def term_from(now: datetime, term: timedelta) -> dict[str, datetime]:
    """The values of a sign of life given now."""
    return {"heartbeat_at": now, "lease_until": now + term}


def taken(run: Run, owner: str) -> Run:
    """The run in another process's hands."""
    return replace(run, owner=owner, state="running")
