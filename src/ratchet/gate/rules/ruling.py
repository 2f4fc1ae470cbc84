"""What a rule gives: a check, and how many rows would settle it where it is unclear."""

from __future__ import annotations

from dataclasses import dataclass

from ratchet.gate.decision import Check


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruling:
    """A check, and the rows that would settle it (None where it is settled, or rows are not what is missing)."""

    check: Check
    rows_needed: int | None = None
