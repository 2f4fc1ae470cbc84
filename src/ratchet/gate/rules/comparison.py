"""Ours against theirs on the same rows: the sentence, the numbers and the verdict that every comparison shares."""

from __future__ import annotations

from dataclasses import dataclass

from ratchet.arrays import Probabilities
from ratchet.evaluation.paired import Difference, difference
from ratchet.gate.decision import Check
from ratchet.gate.evidence import Evidence
from ratchet.gate.rows_needed import rows_needed
from ratchet.gate.rules.ruling import Ruling
from ratchet.words import odds


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Comparison:
    """The challenger beside another model on the chosen metric."""

    ours: float
    theirs: float
    difference: Difference
    p_value: float


def compare(evidence: Evidence, theirs: Probabilities, margin: float = 0.0) -> Comparison:
    """How far the challenger lies above ``theirs``, and the p-value that it is worse by ``margin`` or more."""
    metric, labels = evidence.metric, evidence.labels
    found = difference(metric, labels, evidence.challenger, theirs, evidence.ids)
    return Comparison(
        ours=metric.value(labels, evidence.challenger),
        theirs=metric.value(labels, theirs),
        difference=found,
        p_value=found.p_value(margin),
    )


def verdict(rule: str, name: str, evidence: Evidence, found: Comparison, alpha: float, margin: float = 0.0) -> Ruling:
    """Passed at ``alpha``; else unclear where a few times more rows would tell; else failed."""
    low, high = found.difference.interval(evidence.gate.confidence)
    numbers = {
        "challenger": found.ours,
        "other": found.theirs,
        "difference": found.difference.value,
        "low": low,
        "high": high,
        "p_value": found.p_value,
        "alpha": alpha,
        "rows": float(evidence.rows),
        **({"margin": margin} if margin else {}),
    }
    aim = f"no more than {margin:.3f} worse" if margin else "better"
    better = "better" if found.difference.value >= 0 else "worse"
    sentence = (
        f"{evidence.metric.heading} {found.ours:.3f} against {found.theirs:.3f} for {name}, on the same "
        f"{evidence.rows:,} rows: {abs(found.difference.value):.3f} {better} ({low:+.3f} to {high:+.3f}); "
    )
    by = found.difference.method
    chance = f"chance alone would show this {odds(found.p_value)} of the time ({by}), {odds(alpha)} is allowed."
    needed = rows_needed(evidence.rows, found.difference.value + margin, found.difference.error, alpha)
    if found.p_value <= alpha:
        return Ruling(
            check=Check(rule=rule, passed=True, sentence=f"{sentence}surely {aim}: {chance}", numbers=numbers)
        )
    if needed is None:
        sentence += f"not shown to be {aim}."
        return Ruling(check=Check(rule=rule, passed=False, sentence=sentence, numbers=numbers))
    sentence += f"perhaps {aim}, but {chance}"
    return Ruling(check=Check(rule=rule, passed=None, sentence=sentence, numbers=numbers), rows_needed=needed)
