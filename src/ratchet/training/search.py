"""The search: trials of several candidates side by side, under one hard budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from typing import Any

from ratchet import clock
from ratchet.engine.engine import Engine
from ratchet.errors import JobError, LimitError, RatchetError
from ratchet.progress import Progress, Report
from ratchet.training import trial as trials
from ratchet.training.proposals import Proposals
from ratchet.training.trial import Job, TrialScore
from ratchet.training.tried import Trial as Trial


@dataclass(kw_only=True, slots=True)
class CandidateSearch:
    """One candidate on its way: its proposals, and what of them is asked, running and settled."""

    candidate: int
    job: Job
    proposals: Proposals
    quota: int
    """How many trials it may have."""
    results: dict[int, float | None] = field(default_factory=dict)
    asked: int = 0
    told: int = 0
    exhausted: bool = False
    seconds: float = 0.0
    """What its settled trials took together."""
    running: dict[int, float] = field(default_factory=dict)
    """Proposal -> when it began."""

    def ready(self, lag: int) -> bool:
        """Whether another trial may be asked for: all but the last ``lag - 1`` have to be settled.

        So a proposal depends on the scores of the same trials whichever of them ends first.
        """
        settled = all(number in self.results for number in range(self.told, self.asked - lag + 1))
        return not self.exhausted and self.asked < self.quota and settled

    def propose(self, lag: int) -> dict[str, Any] | None:
        """The settings of the next trial, or None where there is nothing left to try."""
        while self.told <= self.asked - lag:
            self.proposals.tell(self.told, self.results[self.told])
            self.told += 1
        asked = self.proposals.ask()
        if asked is None:
            self.exhausted = True
            return None
        self.running[self.asked] = clock.monotonic()
        self.asked += 1
        return asked[1]

    def spent(self) -> float:
        """Seconds its trials have taken so far, running ones included."""
        now = clock.monotonic()
        return self.seconds + sum(now - began for began in self.running.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a search may take."""

    deadline: float
    """On `ratchet.clock.monotonic`; trials that run then are killed."""
    memory_mb: int


def run(
    searches: Sequence[CandidateSearch],
    *,
    engine: Engine,
    limits: Limits,
    higher: bool,
    own: Callable[[str], str],
    progress: Report,
) -> tuple[Trial, ...]:
    """Run the trials of all candidates; the one whose trials have taken least time so far goes next.

    Every trial is reported, failed and killed ones with their reason; nothing is raised for them.  ``own`` makes the
    keys under which trials put their results.
    """
    found: list[Trial] = []
    running: dict[Future[TrialScore], tuple[CandidateSearch, int, Trial]] = {}
    total = sum(search.quota for search in searches)
    count = 0
    while True:
        while len(running) < engine.workers and clock.monotonic() < limits.deadline:
            begun = _begin(searches, engine, limits, count, own)
            if begun is None:
                break
            running[begun[0]] = begun[1]
            count += 1
        progress(_progress(found, total, limits, higher))
        if not running:
            return tuple(found)
        done, _ = wait(running, timeout=1.0, return_when=FIRST_COMPLETED)
        for future in done:
            search, number, trial = running.pop(future)
            found.append(_settle(future, search, number, trial, higher))


def _begin(
    searches: Sequence[CandidateSearch], engine: Engine, limits: Limits, count: int, own: Callable[[str], str]
) -> tuple[Future[TrialScore], tuple[CandidateSearch, int, Trial]] | None:
    """Start the next trial of the candidate whose turn it is; None where none has one ready."""
    lag = engine.workers
    waiting = sorted((each for each in searches if each.ready(lag)), key=lambda each: (each.spent(), each.candidate))
    for search in waiting:
        params = search.propose(lag)
        if params is None:
            continue
        recipe = replace(search.job.recipe, params=params)
        job = replace(search.job, recipe=recipe, result=own(f"trial-{count}"))
        seconds = max(limits.deadline - clock.monotonic(), 0.1)
        future = engine.submit(trials.run, job, seconds=seconds, memory_mb=limits.memory_mb)
        trial = Trial(
            number=count,
            family=recipe.family,
            params=params,
            encoders=recipe.encoders,
            state="failed",
            candidate=search.candidate,
            result=job.result,
        )
        return future, (search, search.asked - 1, trial)
    return None


def _settle(future: Future[TrialScore], search: CandidateSearch, number: int, trial: Trial, higher: bool) -> Trial:
    took = clock.monotonic() - search.running.pop(number)
    search.seconds += took
    try:
        scored = future.result()
    except Exception as error:  # a family's own error ends its trial, not the search
        search.results[number] = None
        return replace(trial, seconds=took, reason=reason(error), todo=advice(error, trial.family))
    search.results[number] = scored.score if higher else -scored.score
    return replace(trial, state="finished", score=scored.score, spread=scored.spread, seconds=scored.seconds)


def reason(error: Exception) -> str:
    """Why a job failed, in a line."""
    return error.problem if isinstance(error, JobError) else f"{type(error).__name__}: {error}"


def advice(error: Exception, family: str) -> str:
    """What to do about a job of a family that failed."""
    if isinstance(error, LimitError):
        return "raise search.budget or search.memory_mb in the spec, or give it fewer rows"
    if isinstance(error, RatchetError) and error.todo:
        return error.todo
    raised = f"{type(error).__name__} is what {family} or one of its encoders raised"
    return f"{raised}: correct its `params` or `encoders` under [[candidates]], or see to the package it comes from"


def best_first(found: Sequence[Trial], higher: bool) -> list[Trial]:
    """The finished trials, best first; of equals the one tried first."""
    key: Callable[[Trial], tuple[float, int]] = lambda trial: (  # noqa: E731
        -(trial.score or 0.0) if higher else (trial.score or 0.0),
        trial.number,
    )
    return sorted((trial for trial in found if trial.score is not None), key=key)


def _progress(found: Sequence[Trial], total: int, limits: Limits, higher: bool) -> Progress:
    ranked = best_first(found, higher)
    return Progress(
        stage="search",
        done=len(found),
        total=total,
        note=f"best so far: {ranked[0].family}" if ranked else "",
        best=ranked[0].score if ranked else None,
        seconds_left=max(limits.deadline - clock.monotonic(), 0.0),
    )
