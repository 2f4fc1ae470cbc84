"""What a model tells of how it was learned: facts such as the rounds it took, and curves by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Curve:
    """A measure after each round or epoch, on the rows learned from and, where some were kept out to stop in time, on
    those.
    """

    measure: str
    """Such as ``log-loss``."""
    steps: tuple[int, ...]
    learned: tuple[float, ...]
    """(steps,) on the rows learned from; empty where nobody looked."""
    held: tuple[float, ...] = ()
    """(steps,) on rows kept out; empty where there were none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """How one model was learned.  Not kept with the model."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    """JSON values, such as ``{"rounds": 133}``."""
    curves: tuple[Curve, ...] = ()


NOTHING = History()


def history_of(made: object) -> History:
    """The ``history`` of a model or pipeline that was just fitted; `NOTHING` of one that tells none."""
    found = getattr(made, "history", NOTHING)
    return found if isinstance(found, History) else NOTHING
