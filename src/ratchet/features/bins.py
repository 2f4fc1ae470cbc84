"""bins.v1: a number as which of its quantile bins it lies in, so that a sum of weights can take any shape."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar, Self

import numpy as np

from ratchet.arrays import Floats64
from ratchet.features.encoder import Column, Matrix, State, Target
from ratchet.kinds.kind import Kind

MOST = 12
"""Bins, at most; fewer where values repeat."""


class Bins:
    """One output per bin, of about equally many training rows each, and one for missing values: 1 where it is so.

    A bin holds the values from its lower edge up to, and without, the next bin's.
    """

    name: ClassVar[str] = "bins.v1"
    reads: ClassVar[frozenset[Kind]] = frozenset({Kind.NUMBER})
    supervised: ClassVar[bool] = False

    def __init__(self, edges: Floats64 | None = None) -> None:
        self._edges = np.zeros(0) if edges is None else edges

    def fit(self, column: Column, target: Target | None = None) -> Self:
        values = np.asarray(column, dtype=np.float64)
        seen = np.sort(values[np.isfinite(values)])
        if not len(seen):
            return type(self)()
        # Edges are values that occur: of [0, 0, 0, 1, 2, 3] and three bins those at places 2 and 4 are 0 and 2; the
        # first is the smallest value and parts nothing, so the bins are "below 2" and "from 2".
        edges = np.unique(seen[len(seen) * np.arange(1, MOST) // MOST])
        return type(self)(edges[edges > seen[0]])

    def transform(self, column: Column) -> Matrix:
        values = np.asarray(column, dtype=np.float64)
        bins = np.searchsorted(self._edges, values, side="right")
        cells = np.zeros((len(values), self.widths[0]), dtype=np.float32)
        cells[np.arange(len(values)), np.where(np.isnan(values), len(self._edges) + 1, bins)] = 1.0
        return Matrix(cells)

    @property
    def widths(self) -> tuple[int, int]:
        return len(self._edges) + 2, 0

    @property
    def known(self) -> frozenset[str] | None:
        return None

    def names(self) -> Sequence[str]:
        edges = [repr(each) for each in self._edges.tolist()]
        if not edges:
            return ["is there", "is missing"]
        inner = [f"from {low} to below {high}" for low, high in pairwise(edges)]
        return [f"below {edges[0]}", *inner, f"from {edges[-1]}", "is missing"]

    def state(self) -> State:
        return State(arrays={"edges": self._edges})

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls(np.asarray(state.arrays["edges"], dtype=np.float64))
