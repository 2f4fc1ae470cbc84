"""Better than the champion, or no worse than the last that was shown better: the turn of the ratchet."""

from __future__ import annotations

from dataclasses import replace

from ratchet.arrays import Probabilities
from ratchet.evaluation.paired import Difference
from ratchet.gate.evidence import Evidence
from ratchet.gate.rules.comparison import Terms, compare, verdict
from ratchet.gate.rules.fresh import fresh_key
from ratchet.gate.rules.ruling import Ruling
from ratchet.gate.uses import exam_number, exam_share


def against_champion(evidence: Evidence) -> list[Ruling]:
    """The spec's rule at half of what this exam may spend (the other half is for a pending challenger).

    ``better`` than the champion; or ``no_worse`` by more than the margin than the anchor, the version that was last
    shown better: against each champion in turn the margin would be given anew, and quality slip down a staircase.
    What passes must also hold on the rows never asked before, where there are enough of them.
    """
    if evidence.champion is None:
        return []
    gate, k = evidence.gate, exam_number(evidence.uses)
    terms = Terms(
        alpha=exam_share(k, gate.confidence) / 2,
        later=exam_share(k + 1, gate.confidence) / 2,
        margin=gate.margin if gate.rule == "no_worse" else 0.0,
    )
    other, name, told = _other(evidence, evidence.champion)
    found = compare(evidence.metric, evidence.labels, evidence.challenger, other, evidence.units, terms.margin)
    ahead = _ahead(evidence, found.difference, terms.margin)
    ruling = verdict(gate.rule, evidence, found, terms, name=name, told=told, unclear=ahead)
    if gate.rule == "no_worse":
        ruling = _with_better(ruling, evidence, other)
    return [ruling, *fresh_key(evidence, other, terms)] if ruling.check.passed else [ruling]


def _ahead(evidence: Evidence, found: Difference, margin: float) -> bool:
    """Whether it lies a standard error above the best that was told of a challenger of this champion before.

    Only then may its outcome be another than held (the Ladder: Blum & Hardt 2015, section 3): each such answer raises
    what the next must reach, so that however often is asked, few are given, and little is told of the rows.
    """
    best, rule = -margin, evidence.gate.rule
    for use in evidence.uses:
        if use.champion == evidence.champion_version and f"{rule}.error" in use.numbers:
            value, error = use.numbers[f"{rule}.difference"], use.numbers[f"{rule}.error"]
            best = value if value >= best + error else best
    return found.value >= best + found.error


def _other(evidence: Evidence, champion: Probabilities) -> tuple[Probabilities, str, str]:
    """Whom it is held against: the answers, its name, and all there is to say of it."""
    if evidence.gate.rule == "no_worse" and evidence.anchor is not None:
        name = f"version {evidence.anchor_version}" if evidence.anchor_version else "the version"
        return evidence.anchor, f"{name}, the last that was shown better", f"{name}, the last that was shown better"
    version = "the champion" + (f", version {evidence.champion_version}" if evidence.champion_version else "")
    if evidence.champion_by == "recipe":
        again = f"{version} (its recipe fitted again, as it may have learned from these rows)"
        return champion, again, again
    return champion, version, f"{version} (as it is served)"


def _with_better(ruling: Ruling, evidence: Evidence, other: Probabilities) -> Ruling:
    """With ``better_p``, the p-value without the margin: where that too is shown, the anchor moves."""
    plain = compare(evidence.metric, evidence.labels, evidence.challenger, other, evidence.units)
    numbers = {**ruling.check.numbers, "better_p": plain.p_value}
    return replace(ruling, check=replace(ruling.check, numbers=numbers))
