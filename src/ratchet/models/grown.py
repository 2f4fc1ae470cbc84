"""A model that is trees and nothing else: their scores become probabilities."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from ratchet.arrays import Labels, Probabilities
from ratchet.features.encoder import Matrix, State
from ratchet.features.matrix import densified
from ratchet.models.history import NOTHING, History
from ratchet.models.majority import shares
from ratchet.models.masks import Masked
from ratchet.models.softmax import softmax
from ratchet.models.trees import Trees, constant

ROWS_AT_ONCE = 512
MANY_ROWS = 2_000
"""To so many rows trees answer by masks, where they can: sooner than it takes to make those."""
_MANY_AT_ONCE, _CELLS = 8_192, 4_000_000
"""So many rows at once, or fewer where they are wide."""


class GrownModel:
    """Trees whose leaves add to the score of a class each in turn, or all to one score where there are two classes."""

    family: ClassVar[str]
    empty: ClassVar[float] = 0.0
    """What the trees take a sparse output for that is 0."""

    def __init__(self, trees: Trees, columns: int, history: History = NOTHING) -> None:
        self._trees, self._columns = trees, columns
        self.history = history
        """How it was learned, where it just was."""

    @classmethod
    def constant(cls, labels: Labels, classes: int) -> Self:
        """The shares of the classes, whatever the row: where there is one class only, or nothing to see."""
        logs = np.log(np.clip(shares(labels, classes), 1e-13, 1.0))
        scores = logs[1:] - logs[:1] if classes == 2 else logs
        return cls(constant(scores), len(scores))

    def predict(self, rows: Matrix) -> Probabilities:
        if not len(rows):
            return np.zeros((0, max(self._columns, 2)))
        by: Trees | Masked = self._trees
        step, masked = ROWS_AT_ONCE, self._masked if len(rows) >= MANY_ROWS else None
        if masked is not None:
            width = rows.dense.shape[1] + (rows.sparse.width if rows.sparse else 0)
            by, step = masked, min(max(_CELLS // width, ROWS_AT_ONCE), _MANY_AT_ONCE)
        starts = range(0, len(rows), step)
        scores = [by.scores(densified(rows, start, start + step, empty=self.empty), self._columns) for start in starts]
        return softmax(np.concatenate(scores))

    @cached_property
    def _masked(self) -> Masked | None:
        return Masked.of(self._trees)

    def state(self) -> State:
        meta = {"columns": self._columns, "depth": self._trees.depth}
        return State(meta=meta, arrays=self._trees.arrays())

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls(Trees.from_arrays(state.arrays, int(state.meta["depth"])), int(state.meta["columns"]))
