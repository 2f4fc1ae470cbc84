"""The seam between a model's probabilities and calibrated ones."""

from __future__ import annotations

from typing import ClassVar, Protocol, Self

from ratchet.arrays import Labels, Probabilities
from ratchet.features.encoder import State

SMALLEST = 1e-12
"""Probabilities are held above this before a logarithm is taken."""


class Calibration(Protocol):
    """A map from probabilities to probabilities.

    Promises: `fit` sees rows the model has not learned from and is deterministic; `apply` gives rows that are finite
    and sum to one, each row on its own; ``from_state(state())`` is bit-equal.
    """

    name: ClassVar[str]

    @classmethod
    def fit(cls, probabilities: Probabilities, labels: Labels) -> Self: ...

    def apply(self, probabilities: Probabilities) -> Probabilities: ...

    def state(self) -> State: ...

    @classmethod
    def from_state(cls, state: State) -> Self: ...
