"""A scenario: one way to attack, run so many times, and what was counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.workspaces import Workspaces


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """What a scenario counted; ``lost``, ``twice`` and ``failed`` are 0 where the promise was kept."""

    tried: int
    """How often it was attacked."""
    answered: int = 0
    """Answers with status 200 that a client saw, by id."""
    logged: int = 0
    """Rows in the table after everything has come back; also answers that were cut off on their way are among them."""
    lost: int = 0
    """Answered ids that are not in the table."""
    twice: int = 0
    """How far the sums by hour, which count each record as it comes in, are from the rows of the table."""
    failed: int = 0
    """Requests or commands that failed though they should not have."""

    @property
    def kept(self) -> bool:
        """Whether what was promised was kept."""
        return self.lost == self.twice == self.failed == 0


class MissingError(Exception):
    """What a scenario needs is not to be had here; the message names it."""


Run = Callable[[Workspaces, int], Counts]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One way to attack: ``run`` takes where its workspaces come from and the number of rounds.

    ``run`` raises `MissingError` where the machine lacks what it needs, and AssertionError where something else than
    the counts is not as promised.
    """

    name: str
    promise: str
    attack: str
    few: int
    """Rounds in the suite."""
    many: int
    """Rounds of ``make faults``."""
    run: Run


def scenario(promise: str, *, few: int, many: int) -> Callable[[Run], Scenario]:
    """Makes a scenario of a function; its name is the function's, the attack is what the docstring says."""

    def make(run: Run) -> Scenario:
        attack = " ".join((run.__doc__ or "").split())
        return Scenario(name=run.__name__, promise=promise, attack=attack, few=few, many=many, run=run)

    return make
