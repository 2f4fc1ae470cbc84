"""The anchor: which version ``no_worse`` is held against.

Held against each champion in turn, a margin would be given anew at every promotion, and quality could slip down a
staircase of steps that each are allowed.  So the margin counts from the last version of which more was shown than
that it is not much worse: the first champion, each that was shown better, and each that a person put there, who
thereby vouches for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from ratchet.gate.decision import Decision


class Change(Protocol):
    """A change of champion, as the ledger keeps them (`ratchet.registry.events.Event`)."""

    @property
    def event(self) -> str:
        """``promoted`` or ``rolled_back``."""
        ...

    @property
    def version(self) -> str:
        """The version that became champion."""
        ...

    @property
    def evidence(self) -> Decision | None:
        """The gate's decision; None, or one that is not to promote, where a person decided."""
        ...


def anchor(changes: Iterable[Change]) -> str | None:
    """The version that the next challenger must be no worse than, after these changes in their order.

    A rollback makes it what it was when the version gone back to became champion: what was shown of the versions
    above counts no more, whatever made people leave them.  None before there is a champion.
    """
    stack: list[tuple[str, str]] = []
    for change in changes:
        if change.event == "promoted":
            stack.append((change.version, _after(change, stack[-1] if stack else None)))
        else:
            while stack and stack[-1][0] != change.version:
                stack.pop()
    return stack[-1][1] if stack else None


def _after(change: Change, before: tuple[str, str] | None) -> str:
    """The anchor once a promotion is made; ``before`` are the champion and the anchor until then."""
    by_the_gate = change.evidence is not None and change.evidence.outcome == "promote"
    if before is None or change.evidence is None or not by_the_gate:
        return change.version
    champion, anchor = before
    return change.version if shown_better(change.evidence, over_anchor=champion == anchor) else anchor


def shown_better(decision: Decision, *, over_anchor: bool = True) -> bool:
    """Whether more was shown than that it is no worse than the anchor: without the margin on the way.

    The rule ``better`` compares with the champion, which shows that only where the champion is the anchor
    (``over_anchor``).  So too where there was no champion to compare with.
    """
    check = decision.against_champion
    if check is None or check.rule == "better":
        return check is None or over_anchor
    found = check.numbers
    return "better_p" in found and found["better_p"] <= found["alpha"]
