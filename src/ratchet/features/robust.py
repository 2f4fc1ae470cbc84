"""robust.v1: a number in units of its own spread, for families that measure distances or add up weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np

from ratchet.features.encoder import Column, Matrix, State, Target
from ratchet.features.standard import FURTHEST, held, spread
from ratchet.kinds.kind import Kind


class Robust:
    """One output: how many robust deviations (interquartile range / 1.349) the number lies from the median, held within
    five of it; and a flag for missing values, which take the median's place, where training rows had some.
    """

    name: ClassVar[str] = "robust.v1"
    reads: ClassVar[frozenset[Kind]] = frozenset({Kind.NUMBER})
    supervised: ClassVar[bool] = False

    def __init__(self, middle: float = 0.0, scale: float = 1.0, *, flag: bool = False) -> None:
        self._middle, self._scale, self._flag = middle, scale, flag

    def fit(self, column: Column, target: Target | None = None) -> Self:
        values = np.asarray(column, dtype=np.float64)
        seen, flag = held(values[np.isfinite(values)]), bool(np.isnan(values).any())
        return type(self)(float(np.median(seen)), spread(seen), flag=flag) if len(seen) else type(self)(flag=flag)

    def transform(self, column: Column) -> Matrix:
        values = held(column)
        missing = np.isnan(values)
        limit = FURTHEST * self._scale
        inside = np.clip(np.where(missing, self._middle, values), self._middle - limit, self._middle + limit)
        deviations = (inside - self._middle) / self._scale
        outputs = [deviations, missing] if self._flag else [deviations]
        return Matrix(np.stack(outputs, axis=1).astype(np.float32))

    @property
    def widths(self) -> tuple[int, int]:
        return 1 + self._flag, 0

    @property
    def known(self) -> frozenset[str] | None:
        return None

    def names(self) -> Sequence[str]:
        return ["", "is missing"] if self._flag else [""]

    def state(self) -> State:
        return State(meta={"middle": self._middle, "scale": self._scale, "flag": self._flag})

    @classmethod
    def from_state(cls, state: State) -> Self:
        meta = state.meta
        return cls(float(meta["middle"]), float(meta["scale"]), flag=bool(meta["flag"]))
