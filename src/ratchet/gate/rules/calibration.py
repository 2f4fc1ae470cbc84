"""Calibration not harmed: a confidence that can be believed less is a loss that no accuracy shows."""

from __future__ import annotations

from ratchet.evaluation.paired import difference
from ratchet.gate.decision import Check
from ratchet.gate.evidence import Evidence
from ratchet.gate.rules.ruling import Ruling
from ratchet.metrics.ece import Ece

TOLERATED = 0.02
"""How much calibration error may grow."""


def calibration_kept(evidence: Evidence) -> list[Ruling]:
    """The calibration error against the champion's; harmed where it grew beyond chance by more than `TOLERATED`."""
    if evidence.champion is None:
        return []
    ece, (challenger, champion) = Ece(), evidence.believed or (evidence.challenger, evidence.champion)
    ours, theirs = (ece.value(evidence.labels, each) for each in (challenger, champion))
    found = difference(ece, evidence.labels, challenger, champion, evidence.units)
    p_value = found.turned().p_value(-TOLERATED)
    harmed = p_value < 1 - evidence.gate.confidence
    compared = f"Confidence is off by {ours:.3f} on average, the champion's by {theirs:.3f}"
    worse = f"worse by more than {TOLERATED:g} beyond chance"
    check = Check(
        rule="calibration_kept",
        passed=not harmed,
        sentence=f"{compared}: {worse}." if harmed else f"{compared}.",
        plain=f"Confidence is further off than the champion's, {worse}."
        if harmed
        else "Confidence is not shown to be further off than the champion's.",
        numbers={"challenger": ours, "other": theirs, "p_value": p_value},
    )
    return [Ruling(check=check)]
