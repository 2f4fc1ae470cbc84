"""The stage of a version: where it stands on its way from the gate to the place of the champion, and out of it.

It is not written down anywhere: it follows from the gate's decision and the ledger.  So does what may be shown of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal

from ratchet.gate.decision import Decision
from ratchet.registry.events import Event, champion, gate_said_yes
from ratchet.registry.versions import Version

Stage = Literal["champion", "challenger", "pending", "held", "archived"]


@dataclass(frozen=True, kw_only=True, slots=True)
class StagedVersion(Version):
    """A version with the stage it is in now."""

    stage: Stage


def stage(version: Version, events: Sequence[Event]) -> Stage:
    """Where a version stands after the events of the ledger.

    ``champion``: it answers.  ``challenger``: the gate has let it through, and it waits for a person to promote it.
    ``pending``: rows labelled from now on decide.  ``held``: the gate has not let it through.  ``archived``: it was
    champion, or one that came after it has taken the place it waited for.
    """
    now = champion(events)
    if version.number == now:
        return "champion"
    if any(event.version == version.number for event in events):
        return "archived"
    if is_pending(version, events):
        return "pending"
    if version.decision.outcome != "promote":
        return "held"
    return "archived" if now is not None and int(now) > int(version.number) else "challenger"


def is_pending(version: Version, events: Sequence[Event]) -> bool:
    """Whether its exam was unclear only against the champion that there is still.

    One that was champion since is not: whoever put it there, and took it away again, has decided.
    """
    now = champion(events)
    against = version.decision.pending and now is not None and version.champion == now
    return against and all(event.version != version.number for event in events)


def decision_now(version: Version, events: Sequence[Event]) -> Decision:
    """The decision about a version as it stands: of one that was pending, what settled it."""
    mine = (event.evidence for event in events if event.version == version.number)
    return next((each for each in mine if each is not None and gate_said_yes(each)), version.decision)


def shown(version: Version, events: Sequence[Event]) -> Version:
    """A version with what may be shown of it, by its decision as it stands.

    It does not matter who made it champion: a person who overrides the gate has not asked to see the holdout.
    """
    return replace(version, decision=decision_now(version, events)).shown


def staged(versions: Iterable[Version], events: Sequence[Event]) -> list[StagedVersion]:
    """The versions, each with its stage."""
    names = [field.name for field in fields(Version)]
    return [
        StagedVersion(stage=stage(each, events), **{name: getattr(each, name) for name in names}) for each in versions
    ]
