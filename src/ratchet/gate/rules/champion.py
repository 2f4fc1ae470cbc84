"""Better than the champion, or no worse than it: the turn of the ratchet."""

from __future__ import annotations

from ratchet.gate.evidence import Evidence
from ratchet.gate.rules.comparison import compare, verdict
from ratchet.gate.rules.ruling import Ruling


def against_champion(evidence: Evidence, alpha: float) -> list[Ruling]:
    """The spec's rule at ``alpha``: ``better``, or ``no_worse`` by the margin that is left.

    A margin given anew at every promotion would let quality slip down a staircase; so what the champion already lies
    below the best champion this holdout has seen is taken off it.
    """
    if evidence.champion is None:
        return []
    if evidence.gate.rule == "better":
        found = compare(evidence, evidence.champion)
        return [verdict("better", "the champion", evidence, found, alpha)]
    margin = _margin_left(evidence)
    found = compare(evidence, evidence.champion, margin)
    return [verdict("no_worse", "the champion", evidence, found, alpha, margin)]


def _margin_left(evidence: Evidence) -> float:
    gate, metric = evidence.gate, evidence.metric
    assert evidence.champion is not None
    sign = 1.0 if metric.higher_is_better else -1.0
    now = metric.value(evidence.labels, evidence.champion)
    seen = [use.numbers["no_worse.other"] for use in evidence.uses if "no_worse.other" in use.numbers]
    slipped = max((sign * (each - now) for each in seen), default=0.0)
    return max(gate.margin - max(slipped, 0.0), 0.0)
