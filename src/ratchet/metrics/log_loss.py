"""Log-loss: what the probabilities given to the true classes cost."""

from __future__ import annotations

import math

import numpy as np

from ratchet.arrays import Floats64, Labels, Probabilities
from ratchet.metrics.row_mean import RowMeanMetric

_SMALLEST = float(np.finfo(np.float64).eps)


class LogLoss(RowMeanMetric):
    """Minus the logarithm of the probability given to the true class, which is held above 2e-16."""

    name = "log_loss"
    prose = "log-loss"
    meaning = "minus the log of the probability given to the true class; one sure mistake costs much"
    unit = "nats"
    bounds = (0.0, math.inf)

    def of_rows(self, labels: Labels, probabilities: Probabilities) -> Floats64:
        true = probabilities[np.arange(len(labels)), labels]
        return np.asarray(-np.log(np.clip(true, _SMALLEST, 1.0)))
