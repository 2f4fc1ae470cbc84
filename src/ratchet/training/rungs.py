"""How much evidence a trial gets before it is decided whether it gets more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ratchet.training.folds import MOST_LEARNED, Fold, Plan, some

TELLS = 1_000
"""Scored rows from which settings can be told apart roughly; where one fold has fewer, several are the first rung."""
SAMPLE = 10_000
"""Rows of the sample on which trials begin where a fold learns from more than twice as many."""
SAMPLE_OF_MOST = 40_000
"""Rows of it that are learned from where a fold learns from as many as any does: what does best on a few of so many may
fall behind on more.
"""
_STEP = 3


@dataclass(frozen=True, slots=True, order=True)
class Unit:
    """The smallest piece of evidence: one fold of one repeat, or, as ``sample``, a sample of its rows.

    Units have an order, by repeat and fold.
    """

    repeat: int
    fold: int
    sample: bool = False

    @property
    def name(self) -> str:
        """Unlike that of any other of the plan."""
        return f"{self.repeat}-{self.fold}{'-sample' if self.sample else ''}"


Rungs = tuple[tuple[Unit, ...], ...]
"""What a trial is tried on at each rung of a ladder, of which fewer and fewer trials reach the next."""


def rungs(plan: Plan) -> Rungs:
    """The ladder of a plan; the last rung has every fold.

    Five folds of 4,000 rows give rungs of 1, 3 and 5 folds; three times five folds of 100 rows, of 5 and 15; one fold
    that learns from a million rows, a sample of it and then the whole.
    """
    every = tuple(Unit(repeat, fold) for repeat, folds in enumerate(plan) for fold in range(len(folds)))
    scored = np.cumsum([len(fold.score) for fold in plan[0]])
    sizes = [min(int(np.searchsorted(scored, TELLS)) + 1, len(plan[0]))]
    while sizes[-1] < len(every):
        sizes.append(min(sizes[-1] * _STEP, len(every)))
    made = tuple(every[:size] for size in sizes)
    return ((Unit(0, 0, sample=True),), *made) if len(plan[0][0].fit) > 2 * SAMPLE else made


def fold_of(plan: Plan, unit: Unit) -> Fold:
    """The rows of a unit."""
    fold = plan[unit.repeat][unit.fold]
    learned = SAMPLE if len(fold.fit) < MOST_LEARNED else SAMPLE_OF_MOST
    return Fold(some(fold.fit, learned, 1), some(fold.score, SAMPLE, 2)) if unit.sample else fold
