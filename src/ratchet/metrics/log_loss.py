"""Log-loss: what the probabilities given to the true classes cost."""

from __future__ import annotations

import math

import numpy as np

from ratchet.arrays import Floats64, Labels, Probabilities
from ratchet.metrics.row_mean import RowMeanMetric

MOST = 5.0
"""Nats that one row can cost: as much as giving its class less than 1 in 148.

Without an end a single row outweighs thousands, and no number of rows tells which of two models is better.
"""


class LogLoss(RowMeanMetric):
    """Minus the logarithm of the probability given to the true class, at most `MOST` a row."""

    name = "log_loss"
    prose = "log-loss"
    meaning = "minus the log of the probability given to the true class, at most 5 a row; sure mistakes cost much"
    unit = "nats"
    bounds = (0.0, MOST)

    def of_rows(self, labels: Labels, probabilities: Probabilities) -> Floats64:
        true = probabilities[np.arange(len(labels)), labels]
        return np.asarray(-np.log(np.clip(true, math.exp(-MOST), 1.0)))
