"""The boosting attack (Blum & Hardt 2015, "The Ladder", section 4): train on what the gate prints.

On three rows in ten nobody can know the class, and every answer there is as good as any other: so no challenger that
changes answers there is truly better, whatever it is made of.  The attacker asks about random changes, weighs each by
how much better the print makes it look, and asks about their majority.  Every row stands open to being asked again:
the holdout does not grow, and no screen stops him, for who has the training rows can pass it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from bench.gate_simulation.life import ALPHA, use
from bench.gate_simulation.worlds import Rows, answers, predicted
from ratchet.arrays import Bools, Floats64, Labels, Probabilities
from ratchet.evaluation.per_class import class_measures
from ratchet.gate import printed
from ratchet.gate.decide import decide
from ratchet.gate.decision import Decision
from ratchet.gate.evidence import Evidence
from ratchet.metrics import catalogue
from ratchet.spec import Gate
from ratchet.statistics.measured import Measured

Reads = Literal["outcomes", "all that is printed", "full sentences"]
READS: tuple[Reads, ...] = ("outcomes", "all that is printed", "full sentences")
TRIES = (5, 20, 60)
ROWS, DOUBTFUL, CHANGED, MAJORITY = 2_000, 0.3, 0.2, 0.27
"""How many rows; the share nobody can know; the share of those that a try changes, and that the majority does."""
_GATE = Gate(metric="accuracy", confidence=1 - ALPHA)
_READ = ("accuracy", "macro_f1", "macro_recall", "brier")


class Attack:
    """One attacker on one holdout."""

    def __init__(self, reads: Reads, rng: np.random.Generator) -> None:
        self._reads, self._rng = reads, rng
        self._doubtful = rng.random(ROWS) < DOUBTFUL
        labels = rng.integers(0, 2, ROWS).astype(np.int32)
        champion = np.where(self._doubtful, rng.integers(0, 2, ROWS), labels).astype(np.int32)
        self._rows = Rows(labels=labels, champion=answers(champion, 2))
        self._known = _measures(self._rows.labels, self._rows.champion)
        self._uses = [use(None)]
        self._changes: list[Bools] = []
        self._looks: list[float] = []

    def fooled(self, checkpoints: Sequence[int]) -> list[bool]:
        """Whether the gate has promoted anything after so many tries and the majority of them."""
        found, through = [], False
        for number in range(1, checkpoints[-1] + 1):
            through = through or self._try()
            if number in checkpoints:
                found.append(through or self._asked(self._majority())[0].outcome == "promote")
        return found

    def _try(self) -> bool:
        change = self._doubtful & (self._rng.random(ROWS) < CHANGED)
        decision, answered = self._asked(change)
        self._uses.append(use("1", decision))
        self._changes.append(change)
        self._looks.append(self._read(decision, answered))
        return decision.outcome == "promote"

    def _asked(self, change: Bools) -> tuple[Decision, Probabilities]:
        named = predicted(self._rows.champion)
        answered = answers(np.where(change, 1 - named, named).astype(np.int32), 2)
        evidence = Evidence(
            gate=_GATE,
            classes=("no", "yes"),
            labels=self._rows.labels,
            challenger=answered,
            champion=self._rows.champion,
            champion_version="1",
            fresh=np.zeros(ROWS, dtype=bool),
            uses=self._uses,
        )
        return decide(evidence), answered

    def _read(self, decision: Decision, answered: Probabilities) -> float:
        """How much better the print makes it look, in standard errors or so."""
        told = decision if self._reads == "full sentences" else printed.decision(decision)
        check = told.against_champion
        if self._reads == "outcomes":
            return 1.0 if told.outcome == "need_data" else 0.0
        if self._reads == "all that is printed" and told.outcome == "hold" and check is not None and not check.passed:
            return 0.0  # the scorecard of such a version has no number of the holdout
        if check is not None and "difference" in check.numbers:
            return check.numbers["difference"] / check.numbers["error"]
        # Every metric is rounded by itself: together they tell more than one.
        own = _measures(self._rows.labels, answered)
        return float(np.mean([self._apart(name, own[name]) for name in own]))

    def _apart(self, name: str, own: Measured) -> float:
        step = (own.high - own.low) / 4
        sign = -1.0 if name == "brier" else 1.0
        return sign * (printed.rounded(own).value - self._known[name].value) / step

    def _majority(self) -> Bools:
        """The rows that the changes which looked good touch most, as many as pays best."""
        looks = np.array(self._looks)
        votes: Floats64 = (looks - looks.mean()) @ np.array(self._changes) + 1e-9 * self._rng.random(ROWS)
        return np.asarray(self._doubtful & (votes > np.quantile(votes[self._doubtful], 1 - MAJORITY)))


def _measures(labels: Labels, answered: Probabilities) -> dict[str, Measured]:
    """What a scorecard shows of these answers, or enough of it."""
    found = {name: catalogue.metric(name).measured(labels, answered) for name in _READ}
    for each in (0, 1):
        by_class = class_measures(labels, answered, each)
        found |= {f"{name} {each}": by_class[name] for name in ("precision", "recall", "f1")}
    return found


def attacks(reads: Reads, seeds: Sequence[int], tries: Sequence[int] = TRIES) -> list[list[bool]]:
    """One attack a seed: whether it fooled the gate, after each number of ``tries``."""
    return [Attack(reads, np.random.default_rng(seed)).fooled(tries) for seed in seeds]
