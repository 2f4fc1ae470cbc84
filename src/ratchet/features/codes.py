"""codes.v1: a category as a number, for families that split on thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np

from ratchet.features.categories import Categories
from ratchet.features.encoder import Column, Matrix, State, Target
from ratchet.kinds.kind import Kind

MOST = 10_000


class Codes:
    """One output: the rank of the value by frequency in training (2 the most frequent), 1 for a value not seen then,
    0 for a missing one.  No label is looked at, so nothing can leak through it.
    """

    name: ClassVar[str] = "codes.v1"
    reads: ClassVar[frozenset[Kind]] = frozenset({Kind.CATEGORY})
    supervised: ClassVar[bool] = False
    is_code: ClassVar[bool] = True
    """Families that can are told that its output has no order."""

    def __init__(self, values: Sequence[str] = ()) -> None:
        self._known = Categories(values)

    def fit(self, column: Column, target: Target | None = None) -> Self:
        return type(self)(Categories.learn(column, most=MOST).values)

    def transform(self, column: Column) -> Matrix:
        return Matrix(self._known.codes(column).astype(np.float32)[:, None])

    @property
    def widths(self) -> tuple[int, int]:
        return 1, 0

    @property
    def known(self) -> frozenset[str] | None:
        return frozenset(self._known.values)

    def names(self) -> Sequence[str]:
        return ["(code)"]

    def state(self) -> State:
        return State(meta={"values": list(self._known.values)})

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls(state.meta["values"])
