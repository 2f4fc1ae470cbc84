"""Budgets: an answer that comes too late, or a model too large, is not better."""

from __future__ import annotations

from ratchet.gate.decision import Check
from ratchet.gate.evidence import Evidence
from ratchet.gate.rules.ruling import Ruling
from ratchet.words import capital


def within_budget(evidence: Evidence) -> list[Ruling]:
    """The 99th percentile of milliseconds a row, and the bundle's megabytes, against the spec's limits if any."""
    gate, cost, before = evidence.gate, evidence.cost, evidence.champion_cost
    found = []
    if gate.p99_ms is not None:
        own, other = cost.p99_ms if cost else None, before.p99_ms if before else None
        found.append(_within("latency", "99 of 100 answers come within", "ms", own, gate.p99_ms, other))
    if gate.bundle_mb is not None:
        own, other = cost.bundle_mb if cost else None, before.bundle_mb if before else None
        found.append(_within("size", "the bundle weighs", "MB", own, gate.bundle_mb, other))
    return found


def _within(rule: str, what: str, unit: str, own: float | None, limit: float, other: float | None) -> Ruling:
    if own is None:
        sentence = f"The spec allows {limit:g} {unit}, but the cost was not measured."
        return Ruling(check=Check(rule=rule, passed=False, sentence=sentence, plain=sentence, numbers={"limit": limit}))
    beside = "" if other is None else f" (champion: {other:.3g} {unit})"
    sentence = capital(f"{what} {own:.3g} {unit}{beside}; {limit:g} {unit} are allowed.")
    numbers = {"value": own, "limit": limit}
    return Ruling(check=Check(rule=rule, passed=own <= limit, sentence=sentence, plain=sentence, numbers=numbers))
