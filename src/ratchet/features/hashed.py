"""hashed.v1: a category of many values as one of a fixed number of buckets: nothing to learn, nothing to keep."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np

from ratchet.features.encoder import Column, Matrix, Sparse, State, Target
from ratchet.kinds.kind import Kind

BUCKETS = 1 << 14
MISSING = BUCKETS
"""The output that says that the value is missing."""


class Hashed:
    """One sparse output per bucket: 1 for the bucket that a value's bytes hash to (CRC-32 modulo 16,384).

    Values may share a bucket, and any value has one, seen in training or not (Weinberger et al. 2009, "Feature Hashing
    for Large Scale Multitask Learning").  It takes the same room for a hundred values and for a million.
    """

    name: ClassVar[str] = "hashed.v1"
    reads: ClassVar[frozenset[Kind]] = frozenset({Kind.CATEGORY})
    supervised: ClassVar[bool] = False

    def fit(self, column: Column, target: Target | None = None) -> Self:
        return type(self)()

    def transform(self, column: Column) -> Matrix:
        rows = len(column)
        buckets = np.fromiter(map(_bucket, column), np.int32, rows)
        cells = Sparse(np.arange(rows + 1, dtype=np.int64), buckets, np.ones(rows, dtype=np.float32), BUCKETS + 1)
        return Matrix(np.zeros((rows, 0), dtype=np.float32), cells)

    @property
    def widths(self) -> tuple[int, int]:
        return 0, BUCKETS + 1

    @property
    def known(self) -> frozenset[str] | None:
        return None

    def names(self) -> Sequence[str]:
        return [*(f"in bucket {number}" for number in range(BUCKETS)), "is missing"]

    def state(self) -> State:
        return State()

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls()


def _bucket(value: str | None) -> int:
    return MISSING if value is None else zlib.crc32(value.encode("utf-8", "surrogatepass")) % BUCKETS
