"""Beta calibration: a curve of three numbers per class, which can bend either end of the scale on its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from ratchet.arrays import Floats64, Labels, Probabilities
from ratchet.features.encoder import State
from ratchet.models.calibration import one_vs_rest
from ratchet.models.calibration.calibration import SMALLEST

_IDENTITY = (1.0, 1.0, 0.0)
_STEEPEST = 50.0


@dataclass(frozen=True, slots=True)
class Beta:
    """``logit(q) = a ln p - b ln(1 - p) + c`` with a and b not negative, so that the curve never falls.

    Kull, Silva Filho, Flach 2017, "Beta calibration", section 3; each class against the rest.
    """

    name: ClassVar[str] = "beta.v1"

    curves: Floats64
    """(curves, 3) a, b, c of each class; (1, 1, 0) leaves a class as it is."""

    @classmethod
    def fit(cls, probabilities: Probabilities, labels: Labels) -> Self:
        """The curves with the least log-loss."""
        rows = []
        for each in one_vs_rest.columns(probabilities.shape[1]):
            inside = one_vs_rest.is_class(labels, each)
            rows.append(_fit(probabilities[:, each], inside) if one_vs_rest.enough(inside) else _IDENTITY)
        return cls(np.array(rows, dtype=np.float64))

    def apply(self, probabilities: Probabilities) -> Probabilities:
        """Probabilities through the curves, (rows, classes)."""
        second = probabilities[:, 1:] if probabilities.shape[1] == 2 else probabilities
        log, other = _logs(second)
        a, b, c = self.curves.T
        mapped = _sigmoid(a * log + b * other + c)
        if probabilities.shape[1] == 2:
            return np.concatenate([1 - mapped, mapped], axis=1)
        return np.asarray(mapped / mapped.sum(axis=1, keepdims=True))

    def state(self) -> State:
        return State(arrays={"curves": self.curves})

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls(state.arrays["curves"])


def _logs(p: Floats64) -> tuple[Floats64, Floats64]:
    """The logarithms of p and, turned around, of 1 - p: finite at either end."""
    held = np.clip(p, SMALLEST, 1 - SMALLEST)
    return np.log(held), -np.log1p(-held)


def _sigmoid(x: Floats64) -> Floats64:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -700, 700))))


def _fit(p: Floats64, inside: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[float, float, float]:
    from scipy.optimize import minimize

    features, truth = np.column_stack([*_logs(p), np.ones_like(p)]), inside.astype(np.float64)

    def loss(row: Floats64) -> tuple[float, Floats64]:
        x = features @ row
        return float((np.logaddexp(0, x) - truth * x).mean()), features.T @ (_sigmoid(x) - truth) / len(truth)

    bounds = [(0, _STEEPEST), (0, _STEEPEST), (None, None)]
    found = minimize(loss, np.array(_IDENTITY), jac=True, bounds=bounds, method="L-BFGS-B")
    return tuple(found.x.tolist())
