"""What each output of an encoder adds to a score: exact for models whose scores are sums over outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Floats64, Ints
from ratchet.features.encoder import Matrix

Scale = Literal["log-odds", "logit", "probability"]
"""``log-odds`` of the class against all others; ``logit``, which the softmax over all classes makes a probability of;
or the ``probability`` itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contributions:
    """Of one row: ``base`` and all ``values`` add up to the score of a class."""

    method: Literal["linear", "tree_shap"]
    scale: Scale
    base: float
    outputs: Ints
    """(n,) which outputs, dense ones first and sparse ones behind them; may repeat."""
    values: Floats64
    """(n,) what each adds."""

    @property
    def margin(self) -> float:
        """The score."""
        return self.base + float(self.values.sum())


@runtime_checkable
class Explained(Protocol):
    """A model that can tell what each output adds to a score.

    Promises: the sum is the score that `predict` makes the probability of, within 1e-6.
    """

    def contributions(self, row: Matrix, label: int) -> Contributions | None:
        """Of a matrix of one row, to the score of class ``label``; None where this model's score is no such sum."""
        ...


def weighed(row: Matrix, left: Floats64, right: npt.NDArray[Any]) -> tuple[Ints, Floats64]:
    """The outputs of a row that are not 0, and their cells times (dense,) and (sparse,) weights."""
    dense = row.dense[0].astype(np.float64)
    outputs, values = [np.flatnonzero(dense)], [(dense * left)[np.flatnonzero(dense)]]
    if row.sparse is not None:
        outputs.append(row.sparse.indices.astype(np.int64) + len(dense))
        values.append(row.sparse.values.astype(np.float64) * right[row.sparse.indices])
    return np.concatenate(outputs), np.concatenate(values)


def of_two(label: int) -> float:
    """Of two classes there is one score, that of the second: what it counts for the class ``label``."""
    return 1.0 if label else -1.0
