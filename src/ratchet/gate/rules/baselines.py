"""Beats the baselines: a model that always guessing equals has learned nothing worth serving."""

from __future__ import annotations

from ratchet.evaluation.summary import MAJORITY, ONE_FEATURE, guessed
from ratchet.gate.evidence import Evidence
from ratchet.gate.rules.comparison import compare, verdict
from ratchet.gate.rules.ruling import Ruling


def beats_baselines(evidence: Evidence, alpha: float) -> list[Ruling]:
    """One check a baseline: better on the chosen metric, row by row, at ``alpha``."""
    name, accuracy = guessed(evidence.classes, evidence.labels, evidence.baselines.get(MAJORITY))
    words = {
        MAJORITY: f"always guessing {name} (accuracy {accuracy:.3f})",
        ONE_FEATURE: "the best one-feature rule",
    }
    return [
        verdict(
            f"beats_{family.split('.')[0]}",
            words.get(family, family),
            evidence,
            compare(evidence, theirs),
            alpha,
        )
        for family, theirs in evidence.baselines.items()
    ]
