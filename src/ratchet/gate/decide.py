"""The gate: from evidence to a decision."""

from __future__ import annotations

from ratchet.gate.decision import Check, Decision
from ratchet.gate.evidence import Evidence
from ratchet.gate.rules.baselines import beats_baselines
from ratchet.gate.rules.calibration import calibration_kept
from ratchet.gate.rules.champion import against_champion
from ratchet.gate.rules.cost import within_budget
from ratchet.gate.rules.floor import floor
from ratchet.gate.rules.harm import no_class_harmed, no_slice_harmed
from ratchet.gate.rules.holdout import holdout_budget
from ratchet.gate.rules.ruling import Ruling
from ratchet.gate.uses import allowance


def decide(evidence: Evidence) -> Decision:
    """Promote, hold, or need more data.

    A pure function: the same evidence gives the same decision, and nothing is recorded; who acts on it records the
    use of the holdout, with `numbers`.  What must be shown (floor, baselines, champion) is tested at what this use of
    the holdout may spend; what must not be shown (harm) at the gate's confidence.  Any failed check holds; else any
    unclear one needs more data.
    """
    budget = holdout_budget(evidence)
    alpha = allowance(len(evidence.uses), evidence.gate.confidence)
    if budget.check.passed is None or alpha is None:
        return _conclude(evidence, [budget])
    return _conclude(
        evidence,
        [
            budget,
            *floor(evidence, alpha),
            *beats_baselines(evidence, alpha),
            *against_champion(evidence, alpha),
            *no_class_harmed(evidence),
            *no_slice_harmed(evidence),
            *calibration_kept(evidence),
            *within_budget(evidence),
        ],
    )


def numbers(decision: Decision) -> dict[str, float]:
    """All numbers of a decision, flat (``better.p_value``): what is kept of a use of the holdout."""
    return {f"{check.rule}.{name}": value for check in decision.checks for name, value in check.numbers.items()}


def _conclude(evidence: Evidence, rulings: list[Ruling]) -> Decision:
    checks = tuple(each.check for each in rulings)
    failed = [check for check in checks if check.passed is False]
    unclear = [each for each in rulings if each.check.passed is None]
    if failed:
        more = f" ({len(failed) - 1} more failed)" if len(failed) > 1 else ""
        return Decision(outcome="hold", checks=checks, sentence=failed[0].sentence + more)
    if unclear:
        needed = max((each.rows_needed or 0 for each in unclear), default=0) or None
        about = f" About {needed:,} labelled rows in the holdout would settle it." if needed else ""
        sentence = unclear[0].check.sentence + about
        return Decision(outcome="need_data", checks=checks, sentence=sentence, rows_needed=needed)
    return Decision(outcome="promote", checks=checks, sentence=_praise(checks))


def _praise(checks: tuple[Check, ...]) -> str:
    comparison = next((check for check in checks if check.rule in ("better", "no_worse")), None)
    if comparison is not None:
        return comparison.sentence
    beaten = [check for check in checks if check.rule.startswith("beats_")]
    return f"The first champion. {beaten[-1].sentence}" if beaten else f"All {len(checks)} checks passed."
