"""The seam between rows and vectors.

Rows travel as `Columns`: one sequence per column, all of one length.  An `Encoder` is fitted once, on training rows,
and turns a column into a `Matrix`; it is saved as a `State`, which holds nothing that could run code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, Self

import numpy.typing as npt

from ratchet.arrays import Floats32, Ints, Ints32
from ratchet.kinds.column import Column as Column

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
    """What an encoder or a model is on disk: JSON values, arrays, and texts, by name."""

    meta: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


class Encoder(Protocol):
    """Turns one column into numbers.

    Promises: `fit` looks at training rows only and returns a new fitted encoder; `transform` never fails on a value of
    the column's kind, seen or unseen, missing included; the same value always gives the same numbers, alone or in a
    batch; ``from_state(state())`` gives bit-equal results; ``names`` tells each output apart for a reader.
    """

    name: ClassVar[str]
    """Versioned and never reused, such as ``standard.v1``."""

    def fit(self, column: Column) -> Self: ...

    def transform(self, column: Column) -> Matrix: ...

    def names(self) -> Sequence[str]:
        """A readable name per output, dense ones first."""
        ...

    def state(self) -> State: ...

    @classmethod
    def from_state(cls, state: State) -> Self: ...
