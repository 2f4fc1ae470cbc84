"""A trial: one recipe of one candidate, how it did on the folds it was tried on, and why it won or lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from ratchet.models.history import Curve
from ratchet.models.recipe import Recipe

State = Literal["finished", "dropped", "stopped", "failed"]
"""It had all folds; lost before it had all; the time was up before it had all; could not be learned, or not scored."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """One trial: what was tried, and what came of it."""

    number: int
    """From 1, in the order in which trials were proposed: what it is called wherever it is told of."""
    family: str
    params: Mapping[str, Any]
    state: State
    encoders: Mapping[str, str] = field(default_factory=dict)
    """Column -> encoder."""
    texts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Prepared column of text -> how it is made."""
    folds: int = 0
    """How many folds it was learned and scored on."""
    repeats: int = 1
    """How many times over the rows were cut into those: 15 folds may be 5, 3 times."""
    score: float | None = None
    """The metric on those folds, a mean over repeats; None where it has none."""
    spread: float = 0.0
    """The standard deviation of the metric from fold to fold."""
    seconds: float = 0.0
    """What its folds took together."""
    reason: str = ""
    """Why it lost, or failed, in words; "" of the one that was chosen."""
    todo: str = ""
    """What to do about a failure."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What its model told of how it was learned, on the first fold."""
    curves: tuple[Curve, ...] = ()
    """The same, by step."""
    rule: str = ""
    """Of the one that was chosen: by which rule."""
    candidate: int = 0
    """Which of the spec's candidates it belongs to."""
    result: str = ""
    """Where the out-of-fold probabilities of one with all folds lie while the training runs."""

    @property
    def recipe(self) -> Recipe:
        """By which it was learned."""
        return Recipe(family=self.family, params=self.params, encoders=self.encoders, texts=self.texts)

    def document(self) -> dict[str, Any]:
        """What is kept and shown of it, in JSON values: on the leaderboard, in the run's record, with the trackers."""
        hidden = {"result", "curves"}
        shown = {name: value for name, value in _fields(self).items() if name not in hidden}
        return shown | {"curves": [asdict(curve) for curve in self.curves]}


def _fields(trial: Trial) -> dict[str, Any]:
    plain = {name: getattr(trial, name) for name in Trial.__slots__}
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in plain.items()}
