"""A small network's weights, and its answers in NumPy: whatever it was trained with, it is served without.

The first layer reads sparse rows by looking up a vector for each cell, so that a wide text costs what its words cost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Floats32, Probabilities
from ratchet.features.encoder import Columns, Matrix, State
from ratchet.features.matrix import row_sums, take
from ratchet.features.table import TableEncoder
from ratchet.models.history import NOTHING, History
from ratchet.models.softmax import softmax

_ROWS_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Layers:
    """Weights of a first layer over sparse and dense outputs, and of those after it; the last gives class scores."""

    embedding: Floats32
    """(sparse outputs, units): a vector for each."""
    dense: Floats32
    """(dense outputs, units)."""
    bias: Floats32
    """(units,)"""
    after: tuple[tuple[Floats32, Floats32], ...]
    """Weights (units, next units) and bias (next units,) of each further layer."""
    bent: bool
    """Whether units of the first layer pass on only what is above zero (ReLU); those between always do."""

    def predict(self, rows: Matrix) -> Probabilities:
        """(rows, classes) probabilities."""
        starts = range(0, len(rows), _ROWS_AT_ONCE)
        if len(starts) < 2:
            return softmax(self._scores(rows))
        parts = [take(rows, np.arange(start, min(start + _ROWS_AT_ONCE, len(rows)))) for start in starts]
        return np.concatenate([softmax(self._scores(part)) for part in parts])

    def folded(self, encoder: TableEncoder) -> Callable[[Columns], Probabilities] | None:
        """What answers to columns that ``encoder`` reads, with fewer cells; None where it cannot be done with fewer."""
        sums = encoder.folded(self.embedding)
        if sums is None:
            return None

        def answer(columns: Columns) -> Probabilities:
            dense, units = sums(columns)
            own = _product(np.nan_to_num(dense), self.dense) + self.bias if len(self.dense) else self.bias
            return softmax(self._further(own + units))

        return answer

    def _scores(self, rows: Matrix) -> npt.NDArray[Any]:
        units: npt.NDArray[Any] = _product(np.nan_to_num(rows.dense), self.dense) + self.bias
        if rows.sparse is not None:
            cells = self.embedding[rows.sparse.indices] * rows.sparse.values[:, None]
            units = units + row_sums(cells, rows.sparse.indptr)
        return self._further(units)

    def _further(self, units: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """(rows, classes) scores by the units of the first layer."""
        if self.bent:
            units = np.maximum(units, 0)
        for weights, bias in self.after[:-1]:
            units = np.maximum(_product(units, weights) + bias, 0)
        weights, bias = self.after[-1]
        return _product(units, weights) + bias

    def kept(self) -> Layers:
        """The weights as they are kept: vectors of sparse outputs, which are many, in half precision."""
        return Layers(_halves(self.embedding).astype(np.float32), self.dense, self.bias, self.after, self.bent)

    def state(self) -> State:
        further: dict[str, npt.NDArray[Any]] = {}
        for at, (weights, bias) in enumerate(self.after):
            further |= {f"w_{at}": weights, f"b_{at}": bias}
        first: dict[str, npt.NDArray[Any]] = {
            "embedding": _halves(self.embedding),
            "dense": self.dense,
            "bias": self.bias,
        }
        return State(meta={"after": len(self.after), "bent": self.bent}, arrays={**first, **further})

    @classmethod
    def from_state(cls, state: State) -> Self:
        arrays = state.arrays
        after = tuple((arrays[f"w_{at}"], arrays[f"b_{at}"]) for at in range(int(state.meta["after"])))
        embedding = arrays["embedding"].astype(np.float32)
        return cls(embedding, arrays["dense"], arrays["bias"], after, bool(state.meta["bent"]))


class LayeredModel:
    """What a family of layers has learned, and how; each such family has a model of its own name."""

    family: ClassVar[str]

    def __init__(self, layers: Layers, history: History = NOTHING) -> None:
        self._layers, self.history = layers, history

    def predict(self, rows: Matrix) -> Probabilities:
        return self._layers.predict(rows)

    def folded(self, encoder: TableEncoder) -> Callable[[Columns], Probabilities] | None:
        """As `Layers.folded` says."""
        return self._layers.folded(encoder)

    def state(self) -> State:
        return self._layers.state()

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls(Layers.from_state(state))


def _product(rows: npt.NDArray[Any], weights: Floats32) -> npt.NDArray[Any]:
    """Without BLAS, which adds up a row alone in another order than among others."""
    return np.asarray(np.einsum("ij,jk->ik", rows, weights, optimize=False))


def _halves(weights: Floats32) -> npt.NDArray[np.float16]:
    return np.clip(weights, -60_000, 60_000).astype(np.float16)


def drawn(
    random: np.random.Generator, sparse: int, dense: int, units: Sequence[int], classes: int, bent: bool
) -> Layers:
    """Layers to begin with: vectors of sparse outputs are zero, others drawn as in He et al. 2015, section 2.2."""
    sizes = [*units, classes]
    after = tuple((_normal(random, left, right), np.zeros(right, dtype=np.float32)) for left, right in pairwise(sizes))
    first = _normal(random, dense, units[0])
    embedding = np.zeros((sparse, units[0]), dtype=np.float32)
    bias = np.full(units[0], 0.1 if bent else 0.0, dtype=np.float32)  # at zero a bent unit would pass no slope on
    return Layers(embedding, first, bias, after, bent)


def _normal(random: np.random.Generator, left: int, right: int) -> Floats32:
    return np.asarray(random.normal(size=(left, right)) * np.sqrt(2 / max(left, 1)), dtype=np.float32)
