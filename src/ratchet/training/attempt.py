"""A trial on its way: the recipe, what has come of its folds, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ratchet.arrays import Probabilities
from ratchet.models.history import NOTHING, History
from ratchet.training.rungs import Unit
from ratchet.training.trial import FoldAnswers, Job
from ratchet.training.tried import State


@dataclass(kw_only=True, slots=True)
class Attempt:
    """Filled by what acts (`ratchet.training.bench.Bench`), read by what decides."""

    number: int
    """From 1, in the order in which trials were proposed: what it is called wherever it is told of."""
    candidate: int
    job: Job
    """Learns by its recipe, which has all parameters."""
    members: tuple[Attempt, ...] = ()
    """Those that answer together, of one that is made of others."""
    folds: dict[Unit, FoldAnswers] = field(default_factory=dict)
    """In the order of the units."""
    state: State = "stopped"
    """``stopped`` also while it may get more folds."""
    reason: str = ""
    todo: str = ""
    rule: str = ""
    """Of the one that was chosen: by which rule."""
    kept: str = ""
    """Why its way of encoding was gone on with, where that was not the one with the best score."""
    told: bool = False
    """Whether its end was reported."""

    @property
    def answers(self) -> dict[Unit, Probabilities]:
        """What it answered on each unit."""
        return {unit: fold.probabilities for unit, fold in self.folds.items()}

    @property
    def seconds(self) -> float:
        """What its folds took together."""
        return sum(fold.seconds for fold in self.folds.values())

    @property
    def alive(self) -> bool:
        """Whether it may get more folds, or win."""
        return self.state not in {"dropped", "failed"}

    @property
    def history(self) -> History:
        """What its model told of how it was learned, on the first fold of most rows."""
        return next((fold.history for unit, fold in self.folds.items() if not unit.sample), self._sampled())

    def take(self, unit: Unit, found: FoldAnswers) -> None:
        """What came of a unit, in its place, whichever came first."""
        self.folds = dict(sorted({**self.folds, unit: found}.items(), key=lambda each: each[0]))

    def missing(self, units: Sequence[Unit]) -> list[Unit]:
        """The units among these that it has no answers for."""
        return [unit for unit in units if unit not in self.folds]

    def end(self, state: State, reason: str, todo: str = "") -> None:
        """Say what became of it."""
        self.state, self.reason, self.todo = state, reason, todo

    def _sampled(self) -> History:
        return next((fold.history for fold in self.folds.values()), NOTHING)
