"""standard.v1: a number for families that add up weights: its place on a robust scale, and between quantiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np

from ratchet.arrays import Floats64
from ratchet.features.encoder import Column, Matrix, State, Target
from ratchet.kinds.kind import Kind

BINS = 6
"""Quantile bins of the piecewise-linear part, at most."""
LARGEST = 1e150
FURTHEST = 5.0
"""Values are held within this many robust deviations of the median."""


class Standard:
    """A number as its robust z-value, its progress through each quantile bin, and whether it is missing.

    Progress is 0 below a bin, 1 above it and linear within (piecewise-linear encoding, Gorishniy et al. 2022, "On
    Embeddings for Numerical Features", section 3.2.1), so that a sum of weights can bend at the quantiles.  A missing
    value takes the median's place; the flag is an output only where training rows had missing values.
    """

    name: ClassVar[str] = "standard.v1"
    reads: ClassVar[frozenset[Kind]] = frozenset({Kind.NUMBER})
    supervised: ClassVar[bool] = False

    def __init__(self) -> None:
        self._middle, self._scale, self._flag = 0.0, 1.0, False
        self._edges: Floats64 = np.zeros(0)

    def fit(self, column: Column, target: Target | None = None) -> Self:
        values = np.asarray(column, dtype=np.float64)
        seen = held(values[np.isfinite(values)])
        made = type(self)()
        made._flag = bool(np.isnan(values).any())
        if len(seen):
            made._middle = float(np.median(seen))
            made._scale = spread(seen)
            edges = np.unique(np.quantile(seen, np.linspace(0, 1, BINS + 1)))
            made._edges = edges if len(edges) > 2 else np.zeros(0)
        return made

    def transform(self, column: Column) -> Matrix:
        values = held(column)
        missing = np.isnan(values)
        values = np.where(missing, self._middle, values)
        outputs = np.empty((len(values), self._width()), dtype=np.float32)
        limit = FURTHEST * self._scale
        inside = np.clip(values, self._middle - limit, self._middle + limit)
        outputs[:, 0] = (inside - self._middle) / self._scale
        if len(self._edges):
            low, high = self._edges[:-1], self._edges[1:]
            inner = np.clip(values[:, None], low, high)
            outputs[:, 1 : len(self._edges)] = (inner - low) / (high - low)
        if self._flag:
            outputs[:, -1] = missing
        return Matrix(outputs)

    @property
    def widths(self) -> tuple[int, int]:
        return self._width(), 0

    @property
    def known(self) -> frozenset[str] | None:
        return None

    def names(self) -> Sequence[str]:
        bins = [f"from {low:g} to {high:g}" for low, high in zip(self._edges[:-1], self._edges[1:], strict=True)]
        return ["", *bins, *(["is missing"] if self._flag else [])]

    def state(self) -> State:
        meta = {"middle": self._middle, "scale": self._scale, "flag": self._flag}
        return State(meta=meta, arrays={"edges": self._edges})

    @classmethod
    def from_state(cls, state: State) -> Self:
        made = cls()
        made._middle, made._scale = float(state.meta["middle"]), float(state.meta["scale"])
        made._flag = bool(state.meta["flag"])
        made._edges = np.asarray(state.arrays["edges"], dtype=np.float64)
        return made

    def _width(self) -> int:
        return 1 + max(len(self._edges) - 1, 0) + self._flag


def held(column: Column) -> Floats64:
    """(rows,) numbers, those so large that their squares cannot be added up held within `LARGEST`; NaN stays."""
    return np.clip(np.asarray(column, dtype=np.float64), -LARGEST, LARGEST)


def spread(seen: Floats64) -> float:
    """The interquartile range as a standard deviation; where half the values are equal, the standard deviation."""
    low, high = np.quantile(seen, [0.25, 0.75])
    for spread in ((high - low) / 1.349, float(np.std(seen))):
        if np.isfinite(spread) and spread > 1e-12 * max(1.0, abs(low)):
            return float(spread)
    return 1.0
