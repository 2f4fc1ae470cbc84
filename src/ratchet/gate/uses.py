"""The uses of a holdout, and how much each may spend of what the gate may err.

A holdout that is asked again and again ends up saying yes by chance.  So the gate's allowance, A = 1 - confidence, is
for all that one *generation* of the holdout is ever asked: a generation is a set of rows that no training has seen,
which grows as rows arrive, and ends when it retires to training and rows never asked take its place.  Promised, for
each generation: the chance that any challenger that is no better is ever promoted on it is at most A, however many
are asked.

Nine tenths of A are for exams against a champion.  The k-th of a generation may spend 0.9 A / (k (k + 1)), half of it
at once and half while it is pending (`ratchet.gate.pending`).  As 1 / (k (k + 1)) = 1 / k - 1 / (k + 1), the shares of
all exams telescope to 0.9 A, and there is no last one: an exam is never spent, it only gets dearer, slowly.  The other
tenth is for what every asking tests anew, floor and baselines, in the same steps over all uses: a model that has
learned anything passes those a thousand times over, so they need not be paid for at the champion's expense.

Why this holds although those who ask choose the next challenger by the answers so far: were every answer no more than
"held", there would be one path of questions, and the sum of the shares along it bounds the chance of a wrong yes
(the union bound; Blum & Hardt 2015, "The Ladder", section 2, count the answers in the same way).  A hold therefore
prints no more than that (`ratchet.gate.printed`), and who wants the numbers all the same takes a *look*, which is
recorded, and counts as an exam in all that follows: who has looked may choose by what was seen, as by an answer.
What the printed outcomes still tell, hold or need_data, and rounded numbers, is a little more than one path;
`ratchet.gate.rules.fresh` asks of a yes that it holds on rows that were never asked, about which no answer tells.

Sharing a fixed allowance over a stream of tests is kin to alpha-investing (Foster & Stine 2008, "Alpha-investing"),
which earns some back with each discovery; here nothing is earned, so that the promise is of no false promotion at all,
not of few.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

EXAMS = 0.9
"""The part of the allowance that exams against a champion share; floor and baselines have the rest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldoutUse:
    """One use of a holdout: an exam by the gate, or a look at numbers of a version that was held."""

    kind: Literal["exam", "look"]
    generation: int
    """The generation of the holdout that was asked."""
    dataset_id: str
    """The dataset version whose held-out rows were asked: it names which."""
    at: datetime
    run_id: str = ""
    version: str = ""
    """The version that was judged, or looked at."""
    champion: str | None = None
    """The version it was held against."""
    outcome: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """What the gate's checks found, such as ``better.p_value``."""


def exam_number(uses: Iterable[HoldoutUse]) -> int:
    """Which exam against a champion comes next in a generation, from 1; a look counts as one."""
    return 1 + sum(use.kind == "look" or use.champion is not None for use in uses)


def asking_number(uses: Iterable[HoldoutUse]) -> int:
    """How many uses there are in a generation with the next: all kinds count."""
    return 1 + sum(1 for _ in uses)


def exam_share(k: int, confidence: float) -> float:
    """What the k-th exam against a champion may spend in all, at once and while pending.

    >>> [round(exam_share(k, 0.95), 5) for k in (1, 2, 3, 20)]
    [0.0225, 0.0075, 0.00375, 0.00011]
    >>> round(sum(exam_share(k, 0.95) + baseline_share(k, 0.95) for k in range(1, 100_001)), 5)
    0.05
    """
    return EXAMS * _step(k, confidence)


def baseline_share(j: int, confidence: float) -> float:
    """What floor and baselines together may spend at the j-th use.

    >>> [round(baseline_share(j, 0.95), 5) for j in (1, 2, 3)]
    [0.0025, 0.00083, 0.00042]
    """
    return (1 - EXAMS) * _step(j, confidence)


def _step(number: int, confidence: float) -> float:
    return (1 - confidence) / (number * (number + 1))
