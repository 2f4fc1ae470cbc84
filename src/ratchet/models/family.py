"""The seam between vectors and probabilities: a Family is a way of learning, a Model what it learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, Self

from ratchet.arrays import Labels, Probabilities
from ratchet.features.encoder import Matrix, State
from ratchet.kinds.kind import Kind


@dataclass(frozen=True, slots=True)
class Choice:
    """A parameter that takes one of a few values."""

    options: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Range:
    """A parameter that takes a number from ``low`` to ``high``; ``points`` is how many a grid tries."""

    low: float
    high: float
    scale: Literal["linear", "log"] = "linear"
    whole: bool = False
    points: int = 4


@dataclass(frozen=True, slots=True)
class Shape:
    """What a family may look at to size its search space."""

    rows: int
    classes: int
    dense: int
    sparse: int


class Model(Protocol):
    """What a family learned.

    Promises: `predict` gives one row of probabilities per row, finite and summing to one; a row's answer does not
    depend on the rows beside it; ``from_state(state())`` gives bit-equal answers; nothing in the state can run code.
    """

    family: ClassVar[str]

    def predict(self, rows: Matrix) -> Probabilities: ...

    def state(self) -> State: ...

    @classmethod
    def from_state(cls, state: State) -> Self: ...


class Family(Protocol):
    """A way of learning.

    Promises: `fit` is deterministic for a seed, uses at most ``threads`` threads, and needs every class index below
    ``classes`` to be legal, not present; ``defaults`` lies in `space` and gives a usable model quickly.
    """

    name: ClassVar[str]
    """Versioned and never reused, such as ``linear.v1``."""
    encoders: ClassVar[Mapping[Kind, str]]
    """The encoder it wants for each kind of column; kinds left out are not seen."""

    def space(self, shape: Shape) -> Mapping[str, Choice | Range]: ...

    def defaults(self, shape: Shape) -> Mapping[str, Any]: ...

    def fit(
        self,
        rows: Matrix,
        labels: Labels,
        classes: int,
        params: Mapping[str, Any],
        *,
        seed: int,
        threads: int = 1,
        names: Sequence[str] = (),
    ) -> Model: ...
