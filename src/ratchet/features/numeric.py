"""numeric.v1: a number as it is, missing values passed on, for families that split on thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np

from ratchet.arrays import Floats32
from ratchet.features.encoder import Column, Matrix, State, Target
from ratchet.kinds.kind import Kind

_LARGEST = float(np.finfo(np.float32).max)


class Numeric:
    """One output: the number in float32, held inside its range; NaN where missing."""

    name: ClassVar[str] = "numeric.v1"
    reads: ClassVar[frozenset[Kind]] = frozenset({Kind.NUMBER})
    supervised: ClassVar[bool] = False

    def fit(self, column: Column, target: Target | None = None) -> Self:
        return type(self)()

    def transform(self, column: Column) -> Matrix:
        return Matrix(as_float32(column)[:, None])

    @property
    def widths(self) -> tuple[int, int]:
        return 1, 0

    @property
    def known(self) -> frozenset[str] | None:
        return None

    def names(self) -> Sequence[str]:
        return [""]

    def state(self) -> State:
        return State()

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls()


def as_float32(column: Column) -> Floats32:
    """(rows,) numbers in float32; what is too large for it becomes its largest number, NaN stays."""
    values = np.asarray(column, dtype=np.float64)
    return np.clip(values, -_LARGEST, _LARGEST).astype(np.float32)
