"""A decision in one sentence: the reason that decided it."""

from __future__ import annotations

from collections.abc import Sequence

from ratchet.gate.decision import AGAINST_CHAMPION, Check, Outcome


def headline(outcome: Outcome, checks: Sequence[Check], rows_needed: int | None = None) -> str:
    """The first failed check of a hold, the first unclear one of need_data, what was shown of a promotion."""
    if outcome == "hold":
        failed = [check for check in checks if check.passed is False]
        more = f" ({len(failed) - 1} more failed)" if len(failed) > 1 else ""
        return failed[0].sentence + more
    if outcome == "need_data":
        unclear = next(check for check in checks if check.passed is None)
        about = f" About {rows_needed:,} labelled rows in the holdout would settle it." if rows_needed else ""
        return unclear.sentence + about
    return _praise(checks)


def _praise(checks: Sequence[Check]) -> str:
    comparison = next((check for check in checks if check.rule in AGAINST_CHAMPION), None)
    if comparison is not None:
        return comparison.sentence
    beaten = [check for check in checks if check.rule.startswith("beats_")]
    return f"The first champion. {beaten[-1].sentence}" if beaten else f"All {len(checks)} checks passed."
