"""The seam between rows and vectors.

Rows travel as `Columns`: one sequence per column, all of one length.  An `Encoder` is fitted to training rows and turns
a column into a `Matrix`; it is saved as a `State`, which holds nothing that could run code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Floats32, Ints, Ints32, Labels
from ratchet.kinds.column import Column as Column
from ratchet.kinds.kind import Kind

Columns = Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class Sparse:
    """Rows with few non-zero cells, in compressed sparse row form.

    ``indptr`` (rows + 1,) int64, ``indices`` (cells,) int32, ``values`` (cells,) float32; indices may repeat in a row.
    """

    indptr: Ints
    indices: Ints32
    values: Floats32
    width: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """Encoded rows: a dense part (rows, d) float32 and, for text, a sparse part of as many rows.

    Dense cells may be NaN (missing) where the encoder promises to pass missing values on.
    """

    dense: Floats32
    sparse: Sparse | None = None

    def __len__(self) -> int:
        return len(self.dense)


@dataclass(frozen=True, slots=True)
class State:
    """What an encoder, a model or a pipeline is on disk: JSON values, arrays, texts, and files, by name.

    Files are named by path, written and read by path, and never held in memory here: weights in safetensors of any
    type, an ONNX graph, a tokenizer's JSON.  Their last suffix is kept (``tokenizer.json`` stays JSON).
    """

    meta: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """What rows are to be told apart by: (rows,) the index of each row's class, and how many classes there are."""

    labels: Labels
    classes: int

    def __len__(self) -> int:
        return len(self.labels)


class Encoder(Protocol):
    """Turns one column into numbers.

    Promises: `fit` looks at training rows only and returns a new fitted encoder; one that is not ``supervised`` learns
    the same whatever the target is, or without one; `transform` never fails on a value of a kind it reads, seen or
    unseen, missing included; the same value always gives the same numbers, alone or in a batch;
    ``from_state(state())`` gives bit-equal results; ``names`` tells each output apart for a reader.
    """

    name: ClassVar[str]
    """Versioned and never reused, such as ``standard.v1``."""
    reads: ClassVar[frozenset[Kind]]
    """The kinds of columns it can encode."""
    supervised: ClassVar[bool]
    """Whether `fit` needs the target.  Such an encoder is fitted anew within each fold, to the rows that are learned
    from there, so that no label of a scored row reaches its score; others are fitted once for a whole search."""

    def fit(self, column: Column, target: Target | None = None) -> Self: ...

    def transform(self, column: Column) -> Matrix: ...

    @property
    def widths(self) -> tuple[int, int]:
        """How many dense and how many sparse outputs there are."""
        ...

    @property
    def known(self) -> frozenset[str] | None:
        """The values that training gave a meaning of their own; None where every value has one."""
        ...

    def names(self) -> Sequence[str]:
        """A readable name per output, dense ones first."""
        ...

    def state(self) -> State: ...

    @classmethod
    def from_state(cls, state: State) -> Self: ...


@runtime_checkable
class CrossFitted(Protocol):
    """A supervised encoder that encodes the rows it learns from in another way than all others.

    Promises: a row's outputs depend on no label of its own, and on nothing of its own but its value and its place; the
    same seed gives the same; there are as many outputs as `Encoder.transform` gives.
    """

    def cross_fitted(self, column: Column, target: Target, seed: int) -> Matrix: ...


@dataclass(frozen=True, slots=True)
class Located:
    """Which sparse outputs of a text come from which of its characters.

    ``outputs`` (n,) with repeats, an output once for each time that it occurs; ``of`` (n,) the place of each among
    ``places``, which are characters [start, end) of the text.
    """

    outputs: Ints
    of: Ints
    places: Sequence[tuple[int, int]]


@runtime_checkable
class Locating(Protocol):
    """An encoder of texts that can tell where in a text its sparse outputs come from.

    Promises: every sparse output of `Encoder.transform` that is not 0 is named; each time it occurs has an equal part
    in it.
    """

    def located(self, text: str | None) -> Located: ...


def pick(columns: Columns, rows: Ints) -> dict[str, Column]:
    """Some rows of columns, by index, in that order."""
    wanted = rows.tolist()
    return {
        name: column[rows] if isinstance(column, np.ndarray) else [column[row] for row in wanted]
        for name, column in columns.items()
    }
