"""Temperature scaling: one number that makes all probabilities more or less extreme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from ratchet.arrays import Labels, Probabilities
from ratchet.features.encoder import State
from ratchet.models.calibration.calibration import SMALLEST

_COLDEST, _HOTTEST = 0.05, 20.0


@dataclass(frozen=True, slots=True)
class Temperature:
    """Divides log-probabilities by a temperature (Guo et al. 2017, "On Calibration of Modern Neural Networks", 4.2).

    Above 1 the probabilities of a row come closer to each other, below 1 they part; their order never changes.
    """

    name: ClassVar[str] = "temperature.v1"

    temperature: float

    @classmethod
    def fit(cls, probabilities: Probabilities, labels: Labels) -> Self:
        """The temperature with the least log-loss; the loss is convex in its inverse, so there is one."""
        from scipy.optimize import minimize_scalar

        logs = np.log(np.maximum(probabilities, SMALLEST))
        true = np.arange(len(labels)), labels

        def loss(inverse: float) -> float:
            scaled = logs * inverse
            peak = scaled.max(axis=1)
            total = peak + np.log(np.exp(scaled - peak[:, None]).sum(axis=1))
            return float((total - scaled[true]).mean())

        found = minimize_scalar(loss, bounds=(1 / _HOTTEST, 1 / _COLDEST), method="bounded", options={"xatol": 1e-5})
        return cls(1 / float(found.x))

    def apply(self, probabilities: Probabilities) -> Probabilities:
        """Probabilities at that temperature, (rows, classes)."""
        scaled = np.log(np.maximum(probabilities, SMALLEST)) / self.temperature
        grown = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return np.asarray(grown / grown.sum(axis=1, keepdims=True))

    def state(self) -> State:
        return State(meta={"temperature": self.temperature})

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls(float(state.meta["temperature"]))
