"""What the ledger's events mean: who is champion, and whom a rollback brings back.  Pure functions of the events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ratchet.errors import RefusedError
from ratchet.gate.decision import Decision
from ratchet.registry.traffic import Traffic


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One change of champion, or of the traffic beside it: who, when, why, on what evidence."""

    seq: int
    at: datetime
    event: Literal["promoted", "rolled_back", "traffic"]
    version: str
    """The champion from then on."""
    previous: str | None
    actor: str
    reason: str
    evidence: Decision | None = None
    run_id: str | None = None
    """The run that made the change; None where a person did."""
    traffic: Traffic = field(default_factory=Traffic)
    """Who answers beside the champion from then on."""

    @property
    def override(self) -> bool:
        """Whether a person promoted what the gate had not let through."""
        return self.event == "promoted" and not gate_said_yes(self.evidence)

    def __str__(self) -> str:
        if self.event == "traffic":
            return f"{self.at:%Y-%m-%d %H:%M:%S} UTC  traffic: {self.traffic}  by {self.actor}: {self.reason}"
        moved = f"{self.previous or 'nothing'} -> {self.version}"
        how = "overridden" if self.override else self.event.replace("_", " ")
        return f"{self.at:%Y-%m-%d %H:%M:%S} UTC  {moved}  {how} by {self.actor}: {self.reason}"


def gate_said_yes(evidence: Decision | None) -> bool:
    """Whether the evidence is a decision of the gate to promote."""
    return evidence is not None and evidence.outcome == "promote"


def champion(events: Sequence[Event], at: datetime | None = None) -> str | None:
    """Who was champion at a moment (default: after all of them), from events in their order."""
    return next((event.version for event in reversed(events) if at is None or event.at <= at), None)


def standing(events: Iterable[Event]) -> tuple[str, ...]:
    """The champions that rollbacks walk back through, the present one last.

    A promotion is laid on top; a rollback takes away everything above the version it goes back to, so that a version
    that was rolled back from does not come back.

    >>> from datetime import UTC, datetime
    >>> def event(kind, version): return Event(seq=0, at=datetime.now(UTC), event=kind, version=version, previous=None,
    ...                                        actor="ann", reason="")
    >>> standing([event("promoted", "1"), event("promoted", "2"), event("rolled_back", "1"), event("promoted", "3")])
    ('1', '3')
    """
    stack: list[str] = []
    for event in events:
        if event.event == "promoted":
            stack.append(event.version)
        else:
            while stack and stack[-1] != event.version:
                stack.pop()
    return tuple(stack)


def rollback_target(events: Sequence[Event], to: str | None = None) -> str:
    """The version that a rollback makes champion: the one before the present, or ``to`` if it is among those before.

    Raises `RefusedError` in words where there is none.
    """
    stack = standing(events)
    if not stack:
        raise RefusedError("there is no champion to roll back from", todo="ratchet train, or ratchet promote VERSION")
    present, before = stack[-1], stack[:-1]
    if to is not None and to == present:
        raise RefusedError(f"version {to} is the champion already", todo="leave --to out to go back to the one before")
    if not before:
        raise RefusedError(
            f"version {present} is the first champion: there is none before it to go back to",
            todo="ratchet promote VERSION --reason WHY puts another in its place",
        )
    if to is not None and to not in before:
        raise RefusedError(
            f"version {to} is not among the champions before {present} ({', '.join(before)})",
            todo=f"roll back to one of those, or ratchet promote {to} --reason WHY",
        )
    return before[-1] if to is None else to
