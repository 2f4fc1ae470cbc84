"""Who may make a version champion: the gate, or a person who signs for it."""

from __future__ import annotations

from ratchet.errors import RefusedError
from ratchet.registry.events import Event, gate_said_yes
from ratchet.registry.records import Records


def promote(records: Records, number: str, *, actor: str, reason: str = "", override: bool = False) -> Event:
    """Make a version champion on a person's word.

    Raises `NotFoundError`, and `RefusedError` where the gate did not let it through, but for an ``override`` with a
    written reason.
    """
    version = records.versions.get(number)
    if not gate_said_yes(version.decision) and not (override and reason.strip()):
        raise RefusedError(
            f"version {number} was not let through by the gate: {version.decision.sentence}",
            todo=f'ratchet promote {number} --override --reason "why" takes it on you, and into the ledger',
        )
    return records.ledger.promote(number, actor=actor, reason=reason or "by hand", evidence=version.decision)
