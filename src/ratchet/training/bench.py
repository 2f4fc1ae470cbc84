"""Where trials are run: the one place of a search that starts work, waits for it, and stops it in time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace

from ratchet import clock
from ratchet.errors import LimitError
from ratchet.training import trial as trials
from ratchet.training.attempt import Attempt
from ratchet.training.failed import advice, reason
from ratchet.training.folds import MOST_ROWS
from ratchet.training.rungs import Unit
from ratchet.training.task import Task

GRACE = 0.3
"""Seconds that a job over its time is waited for before all work is ended; a worker that starts counts none of them."""
_TICK = 0.5


@dataclass(frozen=True, slots=True)
class _Running:
    """A job under way: of which trial, on which units, since when, and for how long at most."""

    attempt: Attempt
    keys: dict[Unit, str]
    began: float
    seconds: float


class Bench:
    """Runs units of trials on the engine, as many side by side as it has workers.

    What was made before, by whichever training, is taken as it is, also when the time is up.
    """

    def __init__(self, task: Task, *, memory_mb: int, tick: Callable[[], None]) -> None:
        self._task = task
        self._memory_mb = memory_mb
        self._tick = tick
        """Is called again and again while work runs."""

    def gather(
        self, attempts: Sequence[Attempt], units: Sequence[Unit], *, until: float, batch: int = 1, shared: bool = False
    ) -> bool:
        """Have all trials that are alive answer the units, every trial the first before any gets the second.

        At the moment ``until`` (on `ratchet.clock.monotonic`) what runs is killed; where the time is ``shared``, no
        job takes more than half of what is left of it while others wait.  A trial that could not be learned is ended
        as failed.  Whether nothing is missing; ``batch`` units of a trial go to a worker at once.  Where rows are
        many and jobs fewer than workers, each has more threads.
        """
        waiting = self._jobs(attempts, units, batch)
        running: dict[Future[None], _Running] = {}
        try:
            while waiting or running:
                while waiting and len(running) < self._task.engine.workers and clock.monotonic() < until:
                    attempt, keys = waiting.pop(0)
                    if attempt.alive:
                        left = until - clock.monotonic()
                        seconds = left / 2 if shared and waiting else left
                        self._start(attempt, keys, seconds, running, self._threads(len(running) + 1 + len(waiting)))
                if not running:
                    break
                self._settle(running, until)
                self._tick()
        except KeyboardInterrupt:
            self.stop(list(running))
            raise
        return not any(attempt.missing(units) for attempt in attempts if attempt.alive)

    def stop(self, futures: Sequence[Future[None]]) -> None:
        """End work that is under way, and wait until it is gone."""
        left = set(futures)
        while left:
            self._task.engine.interrupt()
            # `wait` does not count as done what was cancelled before it began: nobody is told of that
            left = set(wait([each for each in left if not each.done()], timeout=1.0).not_done)

    def _jobs(
        self, attempts: Sequence[Attempt], units: Sequence[Unit], batch: int
    ) -> list[tuple[Attempt, dict[Unit, str]]]:
        """What has to be run, in order; what was made before is read."""
        made = list[tuple[int, Attempt, dict[Unit, str]]]()
        for attempt in attempts:
            if attempt.alive:
                keys = self._task.fold_keys(attempt.job, attempt.missing(units))
                left = [unit for unit, key in keys.items() if not self._read(attempt, unit, key)]
                parts = (left[start : start + batch] for start in range(0, len(left), batch))
                made += [(turn, attempt, {unit: keys[unit] for unit in part}) for turn, part in enumerate(parts)]
        return [(attempt, keys) for _, attempt, keys in sorted(made, key=lambda each: each[0])]

    def _read(self, attempt: Attempt, unit: Unit, key: str) -> bool:
        """Whether what comes of a unit is there; if so, the trial has it."""
        session = self._task.session
        if session.pin(key) and (found := trials.read_fold(session.inputs, key)) is not None:
            attempt.take(unit, found)
            return True
        return False

    def _start(
        self,
        attempt: Attempt,
        keys: dict[Unit, str],
        seconds: float,
        running: dict[Future[None], _Running],
        threads: int,
    ) -> None:
        job = replace(attempt.job, units=tuple(keys), results=tuple(keys.values()), threads=threads)
        future = self._task.engine.submit(trials.run, job, seconds=max(seconds, 0.1), memory_mb=self._memory_mb)
        running[future] = _Running(attempt, keys, clock.monotonic(), seconds)

    def _threads(self, jobs: int) -> int:
        """What each of so many jobs may take: of few rows nothing is learned sooner by more."""
        many = len(self._task.rows.labels) > MOST_ROWS
        return max(self._task.engine.workers // jobs, 1) if many else 1

    def _settle(self, running: dict[Future[None], _Running], until: float) -> None:
        """Wait a little and take in what has ended; what runs although its time is up is ended."""
        patience = min(_TICK, max(until - clock.monotonic(), 0.05))
        done = wait(running, timeout=patience, return_when=FIRST_COMPLETED).done
        if not done and clock.monotonic() > until + GRACE:
            self.stop(list(running))
            done = set(running)
        for future in done:
            self._settled(future, running.pop(future), until)

    def _settled(self, future: Future[None], of: _Running, until: float) -> None:
        for unit, key in of.keys.items():
            self._read(of.attempt, unit, key)
        error = None if future.cancelled() else future.exception()
        now = clock.monotonic()
        in_time = now < until and not (isinstance(error, LimitError) and now - of.began >= of.seconds)
        if isinstance(error, Exception) and in_time:
            of.attempt.end("failed", reason(error), advice(error, of.attempt.job.recipe.family))
