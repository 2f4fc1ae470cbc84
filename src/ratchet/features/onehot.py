"""onehot.v1: a category as one output per value, for families that add up weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np

from ratchet.features.categories import FIRST, Categories
from ratchet.features.encoder import Column, Matrix, Sparse, State, Target
from ratchet.kinds.kind import Kind

MOST = 10_000
DENSE = 64
"""Columns of more values than this make sparse rows."""


class OneHot:
    """One output per value seen in training, one for other values, one for missing ones: 1 where it is so, else 0."""

    name: ClassVar[str] = "onehot.v1"
    reads: ClassVar[frozenset[Kind]] = frozenset({Kind.CATEGORY})
    supervised: ClassVar[bool] = False

    def __init__(self, values: Sequence[str] = ()) -> None:
        self._known = Categories(values)

    def fit(self, column: Column, target: Target | None = None) -> Self:
        return type(self)(Categories.learn(column, most=MOST).values)

    def transform(self, column: Column) -> Matrix:
        codes = self._known.codes(column)
        width, rows = len(self._known.values) + FIRST, len(codes)
        if width <= DENSE:
            dense = np.zeros((rows, width), dtype=np.float32)
            dense[np.arange(rows), codes] = 1.0
            return Matrix(dense)
        ones = np.ones(rows, dtype=np.float32)
        sparse = Sparse(np.arange(rows + 1, dtype=np.int64), codes.astype(np.int32), ones, width)
        return Matrix(np.zeros((rows, 0), dtype=np.float32), sparse)

    @property
    def widths(self) -> tuple[int, int]:
        width = len(self._known.values) + FIRST
        return (width, 0) if width <= DENSE else (0, width)

    @property
    def known(self) -> frozenset[str] | None:
        return frozenset(self._known.values)

    def names(self) -> Sequence[str]:
        return ["is missing", "is none of the known values", *(f"= {value}" for value in self._known.values)]

    def state(self) -> State:
        return State(meta={"values": list(self._known.values)})

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls(state.meta["values"])
