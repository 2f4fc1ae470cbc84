"""The Decision: the gate's answer, with every check's numbers and a sentence for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["promote", "hold", "need_data"]
AGAINST_CHAMPION = ("better", "no_worse")
"""The rules that hold a challenger against the champion: a decision has a check of one of them, or of none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """What one rule found.  ``passed`` is None where the rows are too few to tell."""

    rule: str
    passed: bool | None
    sentence: str
    """All that was found.  Of a version that was held it tells more of the holdout than may be printed."""
    plain: str
    """What may be printed whatever the outcome; the ``sentence`` itself where that tells nothing of the holdout."""
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """Promote, hold, or need more data (then ``rows_needed`` says about how many labelled rows would settle it).

    It tells all of the holdout: `ratchet.gate.printed` says what of it may be shown.
    """

    outcome: Outcome
    checks: tuple[Check, ...]
    sentence: str
    rows_needed: int | None = None
    asked: bool = True
    """Whether the holdout was asked, which is a use of it; what is held before is held for nothing."""
    exam: int | None = None
    """Which exam against a champion it was in its generation; None where there was none."""
    pending: bool = False
    """Whether all that is unclear is the comparison with the champion: then rows labelled later can settle it."""
    terms: str = ""
    """What names the terms of the comparison with the champion: metric, rule, margin, confidence."""
    version: str | None = None
    """The candidate it is about, once registered."""

    def __bool__(self) -> bool:
        """Whether it promotes: ``if classifier.train(): ...``."""
        return self.outcome == "promote"

    def __str__(self) -> str:
        marks = {True: "passed", False: "failed", None: "unclear"}
        lines = [f"{self.outcome.upper()}: {self.sentence}"]
        lines += [f"  {marks[check.passed]:>7}  {check.rule}: {check.sentence}" for check in self.checks]
        return "\n".join(lines)

    @property
    def against_champion(self) -> Check | None:
        """The check that held it against the champion, if any did."""
        return next((check for check in self.checks if check.rule in AGAINST_CHAMPION), None)
