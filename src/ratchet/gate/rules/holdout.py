"""The holdout's budget: how often it was used, and what this use may spend."""

from __future__ import annotations

import math

from ratchet.gate.decision import Check
from ratchet.gate.evidence import Evidence
from ratchet.gate.rules.ruling import Ruling
from ratchet.gate.uses import BUDGET, allowance
from ratchet.words import odds

FEWEST = 10
"""Fewer rows than this show nothing, whatever they say."""


def holdout_budget(evidence: Evidence) -> Ruling:
    """Unclear when it is spent: then nothing is compared, for the holdout's answers are worth nothing any more."""
    used, confidence = len(evidence.uses), evidence.gate.confidence
    alpha = allowance(used, confidence)
    numbers = {"uses": float(used), "budget": float(BUDGET), "rows": float(evidence.rows)}
    if evidence.rows < FEWEST:
        sentence = f"The holdout has {evidence.rows} rows: so few show nothing."
        return Ruling(check=Check(rule="holdout", passed=None, sentence=sentence, numbers=numbers), rows_needed=100)
    if math.isnan(evidence.metric.value(evidence.labels, evidence.challenger)):
        sentence = f"{evidence.metric.heading} cannot be measured: the holdout has rows of one class only."
        check = Check(rule="holdout", passed=None, sentence=sentence, numbers=numbers)
        return Ruling(check=check, rows_needed=evidence.rows * 2)
    if alpha is None:
        sentence = (
            f"The holdout of {evidence.rows:,} rows has been used {used} times, which is all it is good for: "
            f"bring about {evidence.rows:,} fresh labelled rows and rotate it (ratchet holdout rotate)."
        )
        check = Check(rule="holdout", passed=None, sentence=sentence, numbers=numbers)
        return Ruling(check=check, rows_needed=evidence.rows)
    sentence = (
        f"Use {used + 1} of {BUDGET} of this holdout: it may err {odds(alpha)} of the time, "
        f"all {BUDGET} together {odds(1 - confidence)}."
    )
    check = Check(rule="holdout", passed=True, sentence=sentence, numbers={**numbers, "alpha": alpha})
    return Ruling(check=check)
