"""Pending challengers: what an exam left open goes on, on rows that are labelled later, as a bet against chance.

An exam that is unclear only against the champion has spent half of its share.  The other half is for a bet: on every
row that joins the dataset afterwards, is not held out, and that neither model has learned from, some of a stake is
laid on the challenger.  Were it no better, the stake would not grow on average, so the chance that it ever reaches
1 / alpha is at most alpha, however often one looks (Ville's inequality; Waudby-Smith & Ramdas 2023, "Estimating means
of bounded random variables by betting"; the stake itself is `ratchet.statistics.betting`).  So a challenger is
promoted the moment its odds reach one over what it may spend, and nobody has to ask the holdout again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ratchet.arrays import Floats64
from ratchet.gate.decision import AGAINST_CHAMPION, Check, Decision
from ratchet.gate.headline import headline
from ratchet.gate.rules.comparison import Terms
from ratchet.words import count_of, percent

_MOST = 1e9


@dataclass(frozen=True, kw_only=True, slots=True)
class Odds:
    """How the bet on a pending challenger stands."""

    rows: int
    """The rows labelled since the exam that were bet on."""
    now: float
    """The odds against chance now, to 1; below 1 the bet is losing."""
    needed: float
    reached: bool
    """Whether they were ever as high as needed, which is for good."""
    done: float
    """How much of the way is gone, 0 to 1 (in logarithms: half of it is the square root of the odds needed)."""

    def __str__(self) -> str:
        on = f"on {count_of(self.rows, 'row')} labelled since the exam"
        return f"odds of {_to_one(self.now)} {on}, {_to_one(self.needed)} are needed: {percent(self.done)} of the way"


def progress(e_values: Floats64, share: float, *, rows: int) -> Odds:
    """How far a bet is that may spend ``share``, from its running stake (batches,) as its ``rows`` came.

    The order must be one that does not depend on the answers, and the same whenever it is looked at.

    >>> import numpy as np
    >>> print(progress(np.array([1.2, 0.9, 10.0]), 0.01, rows=30))
    odds of 10 to 1 on 30 rows labelled since the exam, 100 to 1 are needed: 50.0 % of the way
    """
    needed = 1 / share
    now = float(e_values[-1]) if len(e_values) else 1.0
    best = float(e_values.max()) if len(e_values) else 1.0
    reached = best >= needed
    done = 1.0 if reached else min(max(math.log(now) / math.log(needed), 0.0), 1.0) if now > 0 else 0.0
    return Odds(rows=rows, now=best if reached else now, needed=needed, reached=reached, done=done)


def settled(decision: Decision, odds: Odds) -> Decision:
    """The pending decision as the bet has settled it: to promote, with what was shown in the place of what was open.

    Its other checks are those of the exam.  Raises `ValueError` where it is not pending, or the odds are not reached.
    """
    if not decision.pending or not odds.reached:
        raise ValueError(f"not settled: {decision.outcome}, pending {decision.pending}, {odds}")
    checks = tuple(_shown(check, odds) if check.rule in AGAINST_CHAMPION else check for check in decision.checks)
    sentence = headline("promote", checks)
    return replace(decision, outcome="promote", checks=checks, sentence=sentence, rows_needed=None, pending=False)


def _shown(check: Check, odds: Odds) -> Check:
    margin = check.numbers.get("margin", 0.0)
    share = 1 / odds.needed
    other = "the champion" if check.rule == "better" else "the last version that was shown better"
    sentence = (
        f"Shown to be {Terms(alpha=share, later=share, margin=margin).aim} than {other} on "
        f"{count_of(odds.rows, 'row')} labelled since its exam, none of which either has learned from: odds of "
        f"{_to_one(odds.now)} against chance, where {_to_one(odds.needed)} are needed."
    )
    numbers = {"odds": min(odds.now, _MOST), "needed": odds.needed, "rows": float(odds.rows), "alpha": share}
    numbers |= {"margin": margin} if margin else {}
    return Check(rule=check.rule, passed=True, sentence=sentence, plain=sentence, numbers=numbers)


def _to_one(odds: float) -> str:
    return f"{min(odds, _MOST):,.0f} to 1" if odds >= 100 else f"{odds:.3g} to 1"
