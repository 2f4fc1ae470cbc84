"""A holdout that grows for two years, and a challenger a week: what the real gate makes of it.

Two classes, a champion that is right on 85 % of the rows, challengers that disagree with it on 6 % of them.  Each
challenger is screened on independent rows, as out-of-fold answers are; whoever passes asks the holdout as it is then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ratchet.arrays import Bools, Labels
from ratchet.gate.decide import decide
from ratchet.gate.decision import Decision
from ratchet.gate.evidence import Evidence, Screen
from ratchet.spec import Gate
from tests.gate.scenes import sure, use

DISAGREE = 0.06
RIGHT = 0.85


@dataclass(frozen=True, kw_only=True)
class World:
    """How much there is of everything."""

    held: int
    """Holdout rows at the start."""
    weekly: int
    """Holdout rows that come each week."""
    screened: int
    """Rows with out-of-fold answers."""
    metric: str = "accuracy"


def rows(rng: np.random.Generator, count: int) -> tuple[Labels, Labels]:
    """True classes, and the champion's answers."""
    labels = rng.integers(0, 2, count).astype(np.int32)
    return labels, np.where(rng.random(count) < RIGHT, labels, 1 - labels).astype(np.int32)


def challenger(rng: np.random.Generator, labels: Labels, champion: Labels, gain: float) -> Labels:
    """Answers that differ on `DISAGREE` of the rows, and are truly right more often by ``gain``."""
    right = champion == labels
    chance = np.where(right, (DISAGREE - gain) / 2 / RIGHT, (DISAGREE + gain) / 2 / (1 - RIGHT))
    return np.where(rng.random(len(labels)) < chance, 1 - champion, champion).astype(np.int32)


def ask(
    rng: np.random.Generator, world: World, held: tuple[Labels, Labels], *, asked: int, exams: int, gain: float
) -> Decision:
    """The gate's answer about a new challenger, where the first ``asked`` rows were asked before, in so many exams."""
    labels, champion = held
    folds, theirs = rows(rng, world.screened)
    fresh: Bools = np.arange(len(labels)) >= asked
    return decide(
        Evidence(
            gate=Gate(metric=world.metric),
            classes=("no", "yes"),
            labels=labels,
            challenger=sure(challenger(rng, labels, champion, gain), 2),
            champion=sure(champion, 2),
            screen=Screen(
                labels=folds, challenger=sure(challenger(rng, folds, theirs, gain), 2), champion=sure(theirs, 2)
            ),
            fresh=fresh,
            uses=[use()] * exams,
        )
    )


def generation(rng: np.random.Generator, world: World, weeks: int) -> tuple[bool, int]:
    """Whether any of the challengers, each exactly as good as the champion, is promoted; and how many exams it took."""
    labels, champion = rows(rng, world.held + world.weekly * weeks)
    asked = exams = 0
    for week in range(weeks):
        count = world.held + world.weekly * week
        decision = ask(rng, world, (labels[:count], champion[:count]), asked=asked, exams=exams, gain=0.0)
        if decision.outcome == "promote":
            return True, exams + 1
        if decision.asked:
            asked, exams = count, exams + 1
    return False, exams


def power(rng: np.random.Generator, world: World, week: int, gain: float) -> bool:
    """Whether a better challenger is promoted at once in that week, after challengers no better in those before."""
    passed = np.flatnonzero(rng.random(week - 1) < 0.16)
    asked = world.held + world.weekly * int(passed[-1]) if len(passed) else 0
    held = rows(rng, world.held + world.weekly * week)
    return ask(rng, world, held, asked=asked, exams=len(passed), gain=gain).outcome == "promote"
