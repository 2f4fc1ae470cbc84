"""Who may make a version champion: the gate, or a person who signs for it."""

from __future__ import annotations

from ratchet.errors import RefusedError
from ratchet.gate.decision import Decision
from ratchet.gate.pending import settled
from ratchet.registry.events import Event, gate_said_yes
from ratchet.registry.pending import odds
from ratchet.registry.records import Records
from ratchet.registry.stages import decision_now, is_pending
from ratchet.registry.versions import Version


def promote(records: Records, number: str, *, actor: str, reason: str = "", override: bool = False) -> Event:
    """Make a version champion on a person's word.

    A pending one that rows labelled since have settled needs no override.  Raises `NotFoundError`, and `RefusedError`
    where the gate did not let it through, but for an ``override`` with a written reason.
    """
    version = records.versions.get(number)
    decision = _now(records, version)
    if not gate_said_yes(decision) and not (override and reason.strip()):
        raise RefusedError(
            f"version {number} was not let through by the gate: {version.shown.decision.sentence}",
            todo=f'ratchet promote {number} --override --reason "why" takes it on you, and into the ledger',
        )
    return records.ledger.promote(number, actor=actor, reason=reason or "by hand", evidence=decision)


def _now(records: Records, version: Version) -> Decision:
    """The decision as it stands or, where the version is pending, as its bet stands."""
    events = records.ledger.events()
    stands = odds(records, version) if is_pending(version, events) else None
    if stands is not None and stands.reached:
        return settled(version.decision, stands)
    return decision_now(version, events)
