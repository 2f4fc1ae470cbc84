"""The life of one classifier: a challenger a week, judged by the real gate, on a holdout that may grow and turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from bench.gate_simulation.first_edition import USES, FirstEdition
from bench.gate_simulation.worlds import Rows, World, predicted
from ratchet.arrays import Bools, Floats64, Probabilities
from ratchet.evaluation.sequential import Batch, Reference, e_process
from ratchet.gate.decide import decide, numbers
from ratchet.gate.decision import Decision
from ratchet.gate.evidence import Evidence, Screen
from ratchet.gate.pending import progress
from ratchet.gate.uses import HoldoutUse, exam_share
from ratchet.metrics import catalogue
from ratchet.spec import Gate

ALPHA = 0.05
_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
PATIENCE = 26
"""Weeks for which a bet on a pending challenger is followed in the tables of power."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long it lives and how it grows."""

    weeks: int = 20
    held: int = 2_000
    """Held-out rows at first."""
    grows: int = 0
    """Held-out rows that join every week."""
    later: int = 200
    """Labelled rows a week that join the others: pending challengers are bet on by them."""
    screened: int = 0
    """Out-of-fold rows of champion and challenger; none: every challenger is worth an exam."""
    tested: tuple[int, ...] = ()
    """Weeks in which one that is truly better is judged, too."""
    rotates: bool = False
    """Whether 0.1.0 is replayed with a new holdout drawn every 20 weeks, too."""


@dataclass(kw_only=True)
class Lived:
    """What became of it."""

    promoted: list[bool] = field(default_factory=list)
    """One a generation of the holdout: whether one that is no better got through."""
    by_week: list[int] = field(default_factory=list)
    """The weeks in which one did."""
    exams: int = 0
    at_once: list[bool] = field(default_factory=list)
    """One a tested week: whether the better one was promoted by its exam."""
    in_time: list[bool] = field(default_factory=list)
    """The same by its exam, or by the bet within `PATIENCE` weeks."""
    first_edition: int | None = None
    """The week in which 0.1.0 promoted one that is no better."""
    rotating: int | None = None
    """The same of 0.1.0 with a rotation every 20 weeks."""


class Life:
    """One life; ``gain`` is what the better challengers of the tested weeks truly gain."""

    def __init__(self, world: World, plan: Plan, rng: np.random.Generator, gain: float = 0.0) -> None:
        self._world, self._plan, self._rng, self._gain = world, plan, rng, gain
        self._gate = Gate.model_validate({"metric": world.metric, "confidence": 1 - ALPHA})
        self._holdout = world.rows(rng, plan.held + plan.grows * plan.weeks)
        self._held = len(self._holdout) - plan.grows * plan.weeks
        self._screened = world.rows(rng, plan.screened) if plan.screened else None
        after = plan.weeks + (PATIENCE if plan.tested else 0)
        self._later = [world.rows(rng, plan.later) for _ in range(after + 1)]
        self._first = FirstEdition(metric=world.metric)
        self._rotated, self._drawn = FirstEdition(metric=world.metric), self._holdout
        # The first champion asked the holdout, too: those rows were asked, and no exam against a champion was spent.
        self._start, self._asked, self._uses = 0, self._held, [use(None)]
        self._lived = Lived(promoted=[False])

    def live(self) -> Lived:
        """All weeks; a champion is never replaced, so that all that are no better meet the same one."""
        for week in range(1, self._plan.weeks + 1):
            now = self._held + self._plan.grows * week
            self._turned(now)
            self._judged(week, now)
            if week in self._plan.tested:
                self._tested(week, now)
            self._replayed(week, now)
        return self._lived

    def _turned(self, now: int) -> None:
        """The next generation, where the rows never asked are as many as the others."""
        if self._uses and now - self._asked >= self._asked - self._start:
            self._start, self._uses = self._asked, []
            self._lived.promoted.append(False)

    def _judged(self, week: int, now: int) -> None:
        decision = self._decided(now, 0.0)
        share = exam_share(decision.exam, 1 - ALPHA) / 2 if decision.exam else 0.0
        if decision.asked:
            self._uses.append(use("1", decision))
            self._asked = now
            self._lived.exams += 1
        if decision.outcome == "promote":
            self._wrong(week)
        elif decision.pending:
            reached = self._bet(week, self._plan.weeks, 0.0, share)
            if reached is not None:
                self._wrong(week + reached)

    def _wrong(self, week: int) -> None:
        self._lived.promoted[-1] = True
        self._lived.by_week.append(week)

    def _tested(self, week: int, now: int) -> None:
        decision = self._decided(now, self._gain)
        at_once = decision.outcome == "promote"
        later = False
        if decision.pending and decision.exam:
            share = exam_share(decision.exam, 1 - ALPHA) / 2
            later = self._bet(week, week + PATIENCE, self._gain, share) is not None
        self._lived.at_once.append(at_once)
        self._lived.in_time.append(at_once or later)

    def _decided(self, now: int, gain: float) -> Decision:
        held = self._holdout[slice(self._start, now)]
        fresh = np.arange(self._start, now) >= self._asked
        return decide(
            Evidence(
                gate=self._gate,
                classes=tuple(map(str, range(self._world.classes))),
                labels=held.labels,
                challenger=self._world.challenger(self._rng, held, gain),
                champion=held.champion,
                champion_version="1",
                units=held.units,
                fresh=fresh,
                uses=self._uses,
                screen=self._screen(gain),
            )
        )

    def _screen(self, gain: float) -> Screen | None:
        if self._screened is None:
            return None
        rows = self._screened
        ours = self._world.challenger(self._rng, rows, gain)
        kept = np.ones(len(rows), dtype=bool)
        if self._world.metric == "accuracy" and rows.units is None:
            # Whether accuracy differs is asked of the rows that one side alone has right: the others change nothing,
            # and are left out to save time.
            kept = predicted(ours) != predicted(rows.champion)
        return _screen(rows, ours, kept)

    def _bet(self, week: int, until: int, gain: float, share: float) -> int | None:
        """How many weeks after the exam the bet reached its odds, if it did."""
        batches = [self._batch(rows, gain) for rows in self._later[week + 1 : until + 1]]
        reference = Reference(labels=self._holdout.labels, champion=self._holdout.champion)
        stake = e_process(catalogue.metric(self._world.metric), batches, reference=reference)
        return first_reached(stake, share)

    def _batch(self, rows: Rows, gain: float) -> Batch:
        ours = self._world.challenger(self._rng, rows, gain)
        return Batch(labels=rows.labels, ours=ours, theirs=rows.champion, units=rows.units)

    def _replayed(self, week: int, now: int) -> None:
        """0.1.0 on the same rows, and with a new draw every 20 weeks."""
        if self._lived.first_edition is None and self._first.uses < USES:
            held = self._holdout[:now]
            if self._first.promotes(held.labels, self._world.challenger(self._rng, held), held.champion):
                self._lived.first_edition = week
        if not self._plan.rotates or self._lived.rotating is not None:
            return
        if self._rotated.uses >= USES:
            self._rotated = FirstEdition(metric=self._world.metric)
            self._drawn = self._world.rows(self._rng, self._plan.held + self._plan.grows * (week + USES))
        held = self._drawn[:now]
        if self._rotated.promotes(held.labels, self._world.challenger(self._rng, held), held.champion):
            self._lived.rotating = week


def first_reached(stake: Floats64, share: float) -> int | None:
    """After how many batches the real gate would have promoted, if it would."""
    if not progress(stake, share, rows=len(stake)).reached:
        return None
    return 1 + next(at for at in range(len(stake)) if progress(stake[: at + 1], share, rows=at + 1).reached)


def _screen(rows: Rows, ours: Probabilities, kept: Bools) -> Screen:
    units = None if rows.units is None else rows.units[kept]
    return Screen(labels=rows.labels[kept], challenger=ours[kept], champion=rows.champion[kept], units=units)


def use(champion: str | None, decision: Decision | None = None) -> HoldoutUse:
    """A use of the holdout, as it is recorded."""
    return HoldoutUse(
        kind="exam",
        generation=0,
        dataset_id="simulated",
        at=_EPOCH,
        champion=champion,
        outcome="" if decision is None else decision.outcome,
        numbers={} if decision is None else numbers(decision),
    )


def lives(world: World, plan: Plan, seeds: Sequence[int], gain: float = 0.0) -> list[Lived]:
    """One life a seed."""
    return [Life(world, plan, np.random.default_rng(seed), gain).live() for seed in seeds]
