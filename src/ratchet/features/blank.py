"""blank.v1: no output: for families that only count the rows, and for columns that one is not to look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np

from ratchet.features.encoder import Column, Matrix, State, Target
from ratchet.kinds.kind import FEATURES, Kind


class Blank:
    """As many rows as the column has, of no numbers."""

    name: ClassVar[str] = "blank.v1"
    reads: ClassVar[frozenset[Kind]] = frozenset(FEATURES)
    supervised: ClassVar[bool] = False

    def fit(self, column: Column, target: Target | None = None) -> Self:
        return type(self)()

    def transform(self, column: Column) -> Matrix:
        return Matrix(np.zeros((len(column), 0), dtype=np.float32))

    @property
    def widths(self) -> tuple[int, int]:
        return 0, 0

    @property
    def known(self) -> frozenset[str] | None:
        return None

    def names(self) -> Sequence[str]:
        return []

    def state(self) -> State:
        return State()

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls()
