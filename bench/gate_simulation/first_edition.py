"""The rule of 0.1.0 against a champion, replayed beside today's: rows for units, and twenty uses, half of all first."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bench.gate_simulation.worlds import predicted
from ratchet.arrays import Bools, Labels, Probabilities
from ratchet.metrics import catalogue
from ratchet.metrics.predicted import PredictedMetric

USES = 20
ALPHA = 0.05
_UNSEEN = 0.25
"""Of a row that was not seen: how much of one it took to have been."""


@dataclass(kw_only=True)
class FirstEdition:
    """One holdout under the rule of 0.1.0."""

    metric: str
    uses: int = 0

    def promotes(self, labels: Labels, ours: Probabilities, theirs: Probabilities, margin: float = 0.0) -> bool:
        """Whether it lets ``ours`` through; a use is spent, and of a spent holdout nothing is asked."""
        self.uses += 1
        if self.uses > USES:
            return False
        share = ALPHA / 2 if self.uses == 1 else ALPHA / 2 / (USES - 1)
        return p_value(self.metric, labels, ours, theirs, margin) <= share


def p_value(metric: str, labels: Labels, ours: Probabilities, theirs: Probabilities, margin: float = 0.0) -> float:
    """McNemar's test for accuracy without a margin; else the difference over its error, by t with effective rows."""
    if metric == "accuracy" and not margin:
        return mcnemar(predicted(ours) == labels, predicted(theirs) == labels)
    from scipy.special import stdtr

    found = catalogue.metric(metric)
    sign = 1.0 if found.higher_is_better else -1.0
    value = sign * (found.value(labels, ours) - found.value(labels, theirs))
    influences = sign * (found.influence(labels, ours) - found.influence(labels, theirs))
    against = found.unseen(value, labels, ours, theirs)[0] if isinstance(found, PredictedMetric) else np.array([value])
    squares = influences**2
    seen = float(squares.sum())
    error = math.sqrt(seen + _UNSEEN * float((against**2).sum())) / len(labels)
    if not error:
        return 1.0
    freedom = max(seen**2 / float(squares @ squares), 1.0) if seen else 1e9
    return float(stdtr(freedom, -(value + margin) / error))


def mcnemar(ours: Bools, theirs: Bools) -> float:
    """The chance of so many rows on which only ours is right, of those on which one is."""
    from scipy.special import bdtrc

    won, lost = int((ours & ~theirs).sum()), int((theirs & ~ours).sum())
    return float(bdtrc(won - 1, won + lost, 0.5)) if won else 1.0
