"""Evidence made to order: answers of known accuracy on rows of three classes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np

from ratchet.arrays import Labels, Probabilities
from ratchet.data.findings import Finding
from ratchet.gate.decision import Check, Decision
from ratchet.gate.evidence import Evidence, Screen
from ratchet.gate.uses import HoldoutUse
from ratchet.spec import Gate


def use(kind: Literal["exam", "look"] = "exam", champion: str | None = "1") -> HoldoutUse:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return HoldoutUse(kind=kind, generation=1, dataset_id="d", at=at, champion=champion)


def sure(answered: Labels, classes: int = 3, by: float = 0.9) -> Probabilities:
    """Each answer with that confidence."""
    rest = np.full((len(answered), classes), (1 - by) / (classes - 1))
    rest[np.arange(len(answered)), answered] = by
    return rest


def answers(labels: Labels, accuracy: float, seed: int, classes: int = 3) -> Labels:
    rng = np.random.default_rng(seed)
    wrong = rng.random(len(labels)) > accuracy
    return np.where(wrong, (labels + 1 + rng.integers(0, classes - 1, len(labels))) % classes, labels).astype(np.int32)


def truth(rows: int, seed: int = 0, classes: int = 3) -> Labels:
    return np.random.default_rng(seed).integers(0, classes, rows).astype(np.int32)


def evidence(rows: int = 2_000, ours: float = 0.9, theirs: float | None = 0.8, **more: Any) -> Evidence:
    """Challenger and champion that err independently, beside always guessing."""
    labels = truth(rows)
    return Evidence(
        gate=more.pop("gate", Gate()),
        classes=("a", "b", "c"),
        labels=labels,
        challenger=sure(answers(labels, ours, 1)),
        champion=None if theirs is None else sure(answers(labels, theirs, 2)),
        baselines={"majority.v1": sure(np.zeros_like(labels))},
        **more,
    )


def screen(ours: float, theirs: float, rows: int = 4_000, **more: Any) -> Screen:
    labels = truth(rows, 5)
    return Screen(
        labels=labels, challenger=sure(answers(labels, ours, 6)), champion=sure(answers(labels, theirs, 7)), **more
    )


def finding(
    check: str = "leakage", severity: Literal["error", "warning"] = "error", column: str | None = "x"
) -> Finding:
    return Finding(
        check=check, severity=severity, sentence=f"column {column} gives the label away", count=1, share=1.0,
        examples=(), todo=f'purpose = "ignore" for {column}', column=column,
    )  # fmt: skip


def check(decision: Decision, rule: str) -> Check:
    """The one check of that rule; fails where there is none."""
    (found,) = [each for each in decision.checks if each.rule == rule]
    return found


def passed(decision: Decision) -> dict[str, bool | None]:
    return {check.rule: check.passed for check in decision.checks}
