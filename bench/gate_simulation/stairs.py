"""Staircases: challengers each a little worse than the champion, under ``no_worse``, which allows a little."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench.gate_simulation.first_edition import FirstEdition
from bench.gate_simulation.life import ALPHA, use
from bench.gate_simulation.worlds import DISAGREE, Named, Rows
from ratchet.arrays import Probabilities
from ratchet.gate.anchor import anchor
from ratchet.gate.decide import decide
from ratchet.gate.decision import Decision
from ratchet.gate.evidence import Evidence
from ratchet.metrics import catalogue
from ratchet.spec import Gate

STEP, MARGIN = 0.002, 0.01
_GATE = Gate(metric="accuracy", rule="no_worse", margin=MARGIN, confidence=1 - ALPHA)


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """A change of champion, as the ledger has it."""

    version: str
    evidence: Decision | None
    event: str = "promoted"


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """A model: how good it truly is, and its answers to every row that will ever be held out."""

    recall: float
    answers: Probabilities

    def worse(self, rng: np.random.Generator, labels: Rows) -> Model:
        """A challenger that is truly `STEP` worse."""
        world = Named(name="", recall=(self.recall, self.recall))
        mine, share = replace(labels, champion=self.answers), np.full(len(labels), DISAGREE)
        return Model(recall=self.recall - STEP, answers=world.tilted(rng, mine, share, -STEP / DISAGREE))


@dataclass(frozen=True, kw_only=True)
class Staircase:
    """A holdout of so many rows, that grows by so many a step."""

    name: str
    held: int
    grows: int = 0
    steps: int = 20

    def climbed(self, rng: np.random.Generator) -> tuple[bool, bool]:
        """Whether the champion fell truly below the margin: by the gate, and by the rule of 0.1.0."""
        world = Named(name=self.name)
        rows = world.rows(rng, self.held + self.grows * self.steps)
        first = Model(recall=world.recall[0], answers=rows.champion)
        return self._gate(rng, rows, first), self._first_edition(rng, rows, first)

    def _gate(self, rng: np.random.Generator, rows: Rows, first: Model) -> bool:
        models, ledger, uses = {"0": first}, [Promotion(version="0", evidence=None)], [use(None)]
        for step in range(1, self.steps + 1):
            now, champion, held_to = self.held + self.grows * step, ledger[-1].version, anchor(ledger)
            assert held_to is not None
            challenger = models[champion].worse(rng, rows)
            decision = decide(
                Evidence(
                    gate=_GATE,
                    classes=("0", "1"),
                    labels=rows.labels[:now],
                    challenger=challenger.answers[:now],
                    champion=models[champion].answers[:now],
                    champion_version=champion,
                    anchor=models[held_to].answers[:now],
                    anchor_version=held_to,
                    uses=uses,
                )
            )
            uses.append(use(champion, decision))
            if decision.outcome == "promote":
                models[str(step)] = challenger
                ledger.append(Promotion(version=str(step), evidence=decision))
        return _fell(first, models[ledger[-1].version])

    def _first_edition(self, rng: np.random.Generator, rows: Rows, first: Model) -> bool:
        """The margin less what the champion's score already lay below the best one measured on this holdout."""
        rule, champion, best = FirstEdition(metric="accuracy"), first, 0.0
        metric = catalogue.metric("accuracy")
        for step in range(1, self.steps + 1):
            now = self.held + self.grows * step
            labels, challenger = rows.labels[:now], champion.worse(rng, rows)
            scored = metric.value(labels, champion.answers[:now])
            best = max(best, scored)
            margin = max(MARGIN - (best - scored), 0.0)
            if rule.promotes(labels, challenger.answers[:now], champion.answers[:now], margin):
                champion = challenger
        return _fell(first, champion)


STAIRS = (
    Staircase(name="10,000 rows", held=10_000),
    Staircase(name="2,000 rows", held=2_000),
    Staircase(name="300 rows, and 100 more a step", held=300, grows=100),
)


def _fell(first: Model, last: Model) -> bool:
    return first.recall - last.recall > MARGIN + 1e-9


def staircases(stairs: Staircase, seeds: Sequence[int]) -> list[tuple[bool, bool]]:
    """One staircase a seed."""
    return [stairs.climbed(np.random.default_rng(seed)) for seed in seeds]
