"""The Decision: the gate's answer, with every check's numbers and a sentence for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["promote", "hold", "need_data"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """What one rule found.  ``passed`` is None where the rows are too few to tell."""

    rule: str
    passed: bool | None
    sentence: str
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """Promote, hold, or need more data (then ``rows_needed`` says about how many labelled rows would settle it)."""

    outcome: Outcome
    checks: tuple[Check, ...]
    sentence: str
    rows_needed: int | None = None
    version: str | None = None
    """The candidate it is about, once registered."""

    def __str__(self) -> str:
        marks = {True: "passed", False: "failed", None: "unclear"}
        lines = [f"{self.outcome.upper()}: {self.sentence}"]
        lines += [f"  {marks[check.passed]:>7}  {check.rule}: {check.sentence}" for check in self.checks]
        return "\n".join(lines)
