"""Isotonic regression: whatever rising curve fits best, for when there are rows enough to draw one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from ratchet.arrays import Floats64, Labels, Probabilities
from ratchet.features.encoder import State
from ratchet.models.calibration import one_vs_rest
from ratchet.models.calibration.one_vs_rest import Curve


@dataclass(frozen=True, slots=True)
class Isotonic:
    """A rising curve per class, straight between its points (Zadrozny and Elkan 2002, section 3.2).

    Held within ``1 / (rows + 2)`` of 0 and 1 (Laplace's rule: what has never been seen may still happen), as one row
    answered with a flat 0 would cost an infinite log-loss.
    """

    name: ClassVar[str] = "isotonic.v1"

    points: tuple[tuple[Floats64, Floats64], ...]
    """Per class: probabilities, rising, and what they become.  Empty: the class is left as it is."""

    @classmethod
    def fit(cls, probabilities: Probabilities, labels: Labels) -> Self:
        """The rising curves with the least squared error."""
        points = []
        for each in one_vs_rest.columns(probabilities.shape[1]):
            inside = one_vs_rest.is_class(labels, each)
            enough = one_vs_rest.enough(inside)
            points.append(_fit(probabilities[:, each], inside) if enough else (np.zeros(0), np.zeros(0)))
        return cls(tuple(points))

    def apply(self, probabilities: Probabilities) -> Probabilities:
        """Probabilities through the curves, (rows, classes)."""
        return one_vs_rest.apply([_curve(x, y) for x, y in self.points], probabilities)

    def state(self) -> State:
        arrays: dict[str, Floats64] = {}
        for each, (x, y) in enumerate(self.points):
            arrays |= {f"{each}.x": x, f"{each}.y": y}
        return State(meta={"curves": len(self.points)}, arrays=arrays)

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls(tuple((state.arrays[f"{i}.x"], state.arrays[f"{i}.y"]) for i in range(state.meta["curves"])))


def _curve(x: Floats64, y: Floats64) -> Curve | None:
    return (lambda p: np.interp(p, x, y)) if len(x) else None


def _fit(p: Floats64, inside: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[Floats64, Floats64]:
    """The corners of the best rising curve (pool adjacent violators; equal probabilities are one point)."""
    from scipy.optimize import isotonic_regression

    x, where, counts = np.unique(p, return_inverse=True, return_counts=True)
    shares = np.bincount(where, weights=inside) / counts
    y = isotonic_regression(shares, weights=counts).x
    smallest = 1 / (len(p) + 2)
    corner = np.ones(len(x), dtype=bool)
    corner[1:-1] = (y[1:-1] != y[:-2]) | (y[1:-1] != y[2:])
    return x[corner], np.clip(y[corner], smallest, 1 - smallest)
