"""Who may make a version champion: the gate, or a person who signs for it."""

from __future__ import annotations

from ratchet.errors import RefusedError
from ratchet.gate.decision import Decision
from ratchet.registry.events import Event, gate_said_yes
from ratchet.registry.records import Records
from ratchet.registry.versions import Version


def promote(records: Records, number: str, *, actor: str, reason: str = "", override: bool = False) -> Event:
    """Make a version champion on a person's word.

    Raises `NotFoundError`, and `RefusedError` where the gate did not let it through, but for an ``override`` with a
    written reason.
    """
    version = records.versions.get(number)
    decision = standing(records, version)
    if not gate_said_yes(decision) and not (override and reason.strip()):
        raise RefusedError(
            f"version {number} was not let through by the gate: {version.shown.decision.sentence}",
            todo=f'ratchet promote {number} --override --reason "why" takes it on you, and into the ledger',
        )
    return records.ledger.promote(number, actor=actor, reason=reason or "by hand", evidence=decision)


def standing(records: Records, version: Version) -> Decision:
    """The decision about a version as it stands: of one that was pending, what settled it."""
    events = (each for each in records.ledger.events() if each.version == version.number)
    settled = (each.evidence for each in events if each.evidence is not None and gate_said_yes(each.evidence))
    return next(settled, version.decision)
