"""majority.v1: always the shares of the classes in training: what every model has to beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from ratchet.arrays import Floats64, Labels, Probabilities
from ratchet.features.encoder import Matrix, State
from ratchet.kinds.kind import FEATURES, Kind
from ratchet.models.family import Choice, Model, Range, Shape

NAME = "majority.v1"


class Majority:
    """The family: nothing to choose, and no column is looked at: rows of any kind are only counted."""

    name: ClassVar[str] = NAME
    encoders: ClassVar[Mapping[Kind, str]] = dict.fromkeys(FEATURES, "blank.v1")

    def space(self, shape: Shape) -> Mapping[str, Choice | Range]:
        return {}

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        return {}

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
    ) -> Model:
        return MajorityModel(shares(labels, classes))


class MajorityModel:
    """The same probabilities for every row."""

    family: ClassVar[str] = NAME

    def __init__(self, probabilities: Floats64) -> None:
        self._shares = probabilities

    def predict(self, rows: Matrix) -> Probabilities:
        return np.tile(self._shares, (len(rows), 1))

    def state(self) -> State:
        return State(arrays={"shares": self._shares})

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls(np.asarray(state.arrays["shares"], dtype=np.float64))


def shares(labels: Labels, classes: int) -> Floats64:
    """(classes,) the share of each class; of no rows at all, equal ones."""
    counts = np.bincount(labels, minlength=classes).astype(np.float64)
    return np.asarray(counts / counts.sum()) if len(labels) else np.full(classes, 1 / classes)
