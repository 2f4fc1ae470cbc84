"""The stage of a version: where it stands on its way from the gate to the place of the champion, and out of it.

It is not written down anywhere: it follows from the gate's decision and the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Literal

from ratchet.registry.events import Event, champion
from ratchet.registry.versions import Version

Stage = Literal["champion", "challenger", "held", "archived"]


@dataclass(frozen=True, kw_only=True, slots=True)
class StagedVersion(Version):
    """A version with the stage it is in now."""

    stage: Stage


def stage(version: Version, events: Sequence[Event]) -> Stage:
    """Where a version stands after the events of the ledger.

    ``champion``: it answers.  ``challenger``: the gate has let it through, and it waits for a person to promote it.
    ``held``: the gate has not.  ``archived``: it was champion, or one that came after it has taken the place it waited
    for.
    """
    now = champion(events)
    if version.number == now:
        return "champion"
    if any(event.version == version.number for event in events):
        return "archived"
    if version.decision.outcome != "promote":
        return "held"
    return "archived" if now is not None and int(now) > int(version.number) else "challenger"


def staged(versions: Iterable[Version], events: Sequence[Event]) -> list[StagedVersion]:
    """The versions, each with its stage."""
    names = [field.name for field in fields(Version)]
    return [
        StagedVersion(stage=stage(each, events), **{name: getattr(each, name) for name in names}) for each in versions
    ]
