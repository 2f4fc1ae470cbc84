"""The search's promise kept: a score that falls on new rows was luck, a leak, or rows of another kind."""

from __future__ import annotations

import math

from ratchet.evaluation.summary import MAJORITY, both
from ratchet.gate.decision import Check
from ratchet.gate.evidence import Evidence
from ratchet.gate.rules.comparison import measured
from ratchet.gate.rules.ruling import Ruling
from ratchet.statistics.measured import Measured

ACCEPT = "gap"
"""What the spec's ``[ingest] accept`` calls it."""
KEPT = 0.5
"""The share of the promised lift over always guessing that rows which are later, or from elsewhere, must keep."""
_CAUSES = {
    "hash": "it was chosen by luck, or what it learned from leaks into the rows it was tuned on",
    "group": "it was chosen by luck, or groups leak into each other where it was tuned",
    "time": "it was chosen by luck, something leaks, or later rows are of another kind",
    "column": "it was chosen by luck, something leaks, or the test rows come from elsewhere",
}


def search_kept(evidence: Evidence) -> list[Ruling]:
    """The metric out of fold against the holdout's: failed where their intervals part, the search's on the good side.

    Where the held-out rows are later ones or come from elsewhere, a fall is to be expected: it fails only where less
    than `KEPT` of the lift over always guessing is left.
    """
    if evidence.search is None or math.isnan(evidence.search.value):
        return []
    own = measured(evidence)
    up = evidence.metric.higher_is_better
    apart = evidence.search.low > own.high if up else evidence.search.high < own.low
    kept = _lift_kept(evidence, evidence.search, own)
    drawn_by_lot = evidence.rule in ("hash", "group")
    parted = apart and (drawn_by_lot or (kept is not None and kept < KEPT))
    accepted = ACCEPT in evidence.accept
    numbers = {"search": evidence.search.value, "holdout": own.value, **({} if kept is None else {"lift_kept": kept})}
    sentence, plain = _said(evidence, own, apart=apart, parted=parted)
    if parted and accepted:
        sentence, plain = f"{sentence} The spec accepts a gap.", f"{plain} The spec accepts a gap."
    check = Check(rule="gap", passed=not parted or accepted, sentence=sentence, plain=plain, numbers=numbers)
    return [Ruling(check=check)]


def _said(evidence: Evidence, own: Measured, *, apart: bool, parted: bool) -> tuple[str, str]:
    assert evidence.search is not None
    found = both(evidence.metric, evidence.search, own, evidence.rule)
    if parted:
        cause = f'{_CAUSES[evidence.rule]}; [ingest] accept = ["{ACCEPT}"] lets it through'
        return f"{found}: {cause}.", f"The rows held out do not keep what cross-validation promised: {cause}."
    if apart:
        expected = "less, as rows that are later or from elsewhere may"
        return f"{found}: {expected}.", f"The rows held out give {expected}."
    return f"{found}: they agree.", "The rows held out agree with cross-validation inside the training rows."


def _lift_kept(evidence: Evidence, search: Measured, own: Measured) -> float | None:
    """The share of the promised lift over always guessing that is left on the holdout; None where none was promised."""
    guess = evidence.baselines.get(MAJORITY)
    if guess is None:
        return None
    nothing = evidence.metric.value(evidence.labels, guess)
    promised = search.value - nothing
    lift = promised if evidence.metric.higher_is_better else -promised
    return (own.value - nothing) / promised if lift > 0 else None
