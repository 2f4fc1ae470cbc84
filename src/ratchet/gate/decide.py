"""The gate: from evidence to a decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ratchet.gate.decision import AGAINST_CHAMPION, Decision, Outcome
from ratchet.gate.evidence import Evidence
from ratchet.gate.headline import headline
from ratchet.gate.rules.baselines import beats_baselines
from ratchet.gate.rules.calibration import calibration_kept
from ratchet.gate.rules.champion import against_champion
from ratchet.gate.rules.cost import within_budget
from ratchet.gate.rules.findings import FINDINGS, data_sound
from ratchet.gate.rules.floor import floor
from ratchet.gate.rules.gap import search_kept
from ratchet.gate.rules.harm import no_class_harmed, no_slice_harmed
from ratchet.gate.rules.holdout import enough_rows
from ratchet.gate.rules.ruling import Ruling
from ratchet.gate.rules.screen import screened
from ratchet.gate.uses import exam_number


def decide(evidence: Evidence) -> Decision:
    """Promote, hold, or need more data.

    A pure function: the same evidence gives the same decision, and nothing is recorded; who acts on it records the
    use of the holdout where it was ``asked``, with `numbers`.  First what costs nothing to ask: the findings, the
    budgets, the screen; who fails there is held, and the holdout is not asked (but of a first candidate, whose findings
    alone are against it: how it compares with guessing is the least that people must be told).  Then the exam.  What
    must be shown (floor, baselines, champion) is tested at what this use may spend; what must not be shown (harm) at
    the gate's confidence.  Any failed check holds; else any unclear one needs more data.
    """
    before = [*data_sound(evidence), *within_budget(evidence), *screened(evidence)]
    failed = {each.check.rule for each in before if each.check.passed is False}
    if failed and not (evidence.champion is None and failed == {FINDINGS}):
        return _concluded(before, asked=False)
    enough = enough_rows(evidence)
    if enough.check.passed is None:
        return _concluded([*before, enough], asked=False)
    exam = None if evidence.champion is None else exam_number(evidence.uses)
    decision = _concluded([*before, enough, *_examined(evidence)], asked=True, exam=exam)
    return replace(decision, terms=evidence.gate.terms)


def numbers(decision: Decision) -> dict[str, float]:
    """All numbers of a decision, flat (``better.p_value``): what is kept of a use of the holdout."""
    return {f"{check.rule}.{name}": value for check in decision.checks for name, value in check.numbers.items()}


def _examined(evidence: Evidence) -> list[Ruling]:
    return [
        *floor(evidence),
        *beats_baselines(evidence),
        *against_champion(evidence),
        *no_class_harmed(evidence),
        *no_slice_harmed(evidence),
        *calibration_kept(evidence),
        *search_kept(evidence),
    ]


def _concluded(rulings: Sequence[Ruling], *, asked: bool, exam: int | None = None) -> Decision:
    checks = tuple(each.check for each in rulings)
    unclear = [each for each in rulings if each.check.passed is None]
    outcome: Outcome = "need_data" if unclear else "promote"
    if any(check.passed is False for check in checks):
        outcome = "hold"
    waits = outcome == "need_data"
    needed = max((each.rows_needed or 0 for each in unclear), default=0) or None if waits else None
    return Decision(
        outcome=outcome,
        checks=checks,
        sentence=headline(outcome, checks, needed),
        rows_needed=needed,
        asked=asked,
        exam=exam,
        pending=waits and all(each.check.rule in AGAINST_CHAMPION for each in unclear),
    )
