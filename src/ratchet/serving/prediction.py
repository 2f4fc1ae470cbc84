"""A Prediction: one answer, which names the Version that gave it."""

from __future__ import annotations

import msgspec

from ratchet.serving.explanation import Explanation


class Score(msgspec.Struct, frozen=True):
    """One class and how probable it is."""

    label: str
    name: str
    score: float


class Vote(msgspec.Struct, frozen=True):
    """What one member of an ensemble answers by itself."""

    family: str
    weight: float
    """How much it counts, together one."""
    label: str
    confidence: float


class Prediction(msgspec.Struct, frozen=True, omit_defaults=False):
    """One answer, as it is sent and logged."""

    id: str
    label: str
    name: str
    confidence: float
    scores: tuple[Score, ...]
    version: str
    ms: float
    set: tuple[str, ...] = ()
    """The classes that hold the true one with the promised coverage; empty where none was promised."""
    abstained: bool = False
    votes: tuple[Vote, ...] | msgspec.UnsetType = msgspec.UNSET
    """What each member of an ensemble says, where that was asked for; not logged, and absent else."""
    notes: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    """What was odd about the row, such as a key that is no column; not logged, and absent where there is nothing."""
    explanation: Explanation | msgspec.UnsetType = msgspec.UNSET
    """What in the row spoke for the label, where that was asked for; not logged, and absent else."""
