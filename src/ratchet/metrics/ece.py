"""Calibration error: how far confidence lies from accuracy."""

from __future__ import annotations

import math

import numpy as np

from ratchet.arrays import Floats64, Ints, Labels, Probabilities
from ratchet.metrics.metric import Metric
from ratchet.metrics.predicted import most_probable
from ratchet.statistics.units import Units, effective_rows, variance
from ratchet.statistics.wilson import quantile

FEW_IN_BIN = 100
"""Of fewer rows in a bin, on average, the calibration error has no more than an approximate interval."""
BINS = 15
"""Bins of confidence (Guo et al. 2017, "On Calibration of Modern Neural Networks", section 2)."""


def confidence_bins(confidence: Floats64) -> Ints:
    """(rows,) which of `BINS` equal-width bins a confidence lies in; a bin holds its upper edge."""
    # Of 15 bins the first ends at 1/15: ceil(0.05 * 15) - 1 = 0, and so does its edge, ceil(1) - 1 = 0; 0 itself is
    # clipped from -1 into it.
    return np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)


class Ece(Metric):
    """The mean distance between confidence and accuracy over bins of confidence, weighted by their rows."""

    name = "ece"
    prose = "calibration error (ECE)"
    meaning = "how far confidence lies from accuracy, on average over bins of confidence"
    higher_is_better = False
    choosable = False
    method = "folded-normal"

    def _value(self, labels: Labels, probabilities: Probabilities) -> float:
        excess, bins = _excess(labels, probabilities)
        return float(np.abs(np.bincount(bins, weights=excess, minlength=BINS)).sum() / len(labels))

    def _influence(self, labels: Labels, probabilities: Probabilities) -> Floats64:
        # The gap of a bin is a sum of excesses, so a row moves it by its own excess, towards or away from 0: in a bin
        # that is too sure (sign +1), a right answer at 0.8 (excess -0.2) takes 0.2 off, a wrong one adds 0.8.
        excess, bins = _excess(labels, probabilities)
        signs = np.sign(np.bincount(bins, weights=excess, minlength=BINS))
        influences = signs[bins] * excess
        return np.asarray(influences - influences.mean())

    def _interval(
        self,
        value: float,
        labels: Labels,
        probabilities: Probabilities,
        level: float,
        seed: int,
        units: Units | None,
    ) -> tuple[float, float]:
        """Normal, around the error less what chance adds to it.

        A perfectly calibrated model has gaps by chance, and an absolute value makes all of them count up (Kumar, Liang
        & Ma 2019, "Verified uncertainty calibration", section 4).  Each bin's mean gap is normal, with a spread of at
        least one row's, so how much its absolute value is expected to lie above it is known (Leone, Nelson &
        Nottingham 1961, "The folded normal distribution").  Where all gaps together are no larger than chance makes
        them (Hosmer & Lemeshow 1980), the interval starts at 0.
        """
        from scipy.special import chdtrc

        excess, bins = _excess(labels, probabilities)
        share, mean, spread = _gaps(excess, bins, units, level)
        middle = value - float(share @ (_folded(mean, spread) - np.abs(mean)))
        error = float(((share * spread) ** 2).sum())
        reach = quantile(level) * math.sqrt(max(error, variance(self._influence(labels, probabilities), units)))
        by_chance = float(chdtrc(len(share), ((mean / spread) ** 2).sum())) > 1 - level
        return 0.0 if by_chance else middle - reach, middle + reach

    def _approximate(self, labels: Labels, probabilities: Probabilities, units: Units | None) -> bool:
        """Where the bins that have rows have few on average, or units of them: chance makes most of what is found."""
        filled = len(np.unique(confidence_bins(probabilities.max(axis=1))))
        return (len(labels) if units is None else units.count) < FEW_IN_BIN * filled


def _excess(labels: Labels, probabilities: Probabilities) -> tuple[Floats64, Ints]:
    """(rows,) confidence less whether it is right, and the bin of each row."""
    confidence = probabilities.max(axis=1)
    return np.asarray(confidence - (most_probable(probabilities) == labels)), confidence_bins(confidence)


def _gaps(excess: Floats64, bins: Ints, units: Units | None, level: float) -> tuple[Floats64, Floats64, Floats64]:
    """(filled bins,) the share of the rows in each, its mean excess, and that mean's standard error."""
    rows = np.bincount(bins, minlength=BINS).astype(np.float64)
    filled = rows > 0
    total = np.bincount(bins, weights=excess, minlength=BINS)
    means = np.divide(total, rows, out=np.zeros(BINS), where=filled)
    square = np.bincount(bins, weights=(excess - means[bins]) ** 2, minlength=BINS)[filled] / rows[filled]
    alone = rows if units is None else effective_rows(excess - means[bins], units, bins, BINS, level)
    # A quarter is the variance of one row that falls either way, added so that a bin whose few rows agree is not called
    # certain: 3 rows of variance 0 get (0 * 3 + 0.25) / 3 = 0.083.
    spread = np.sqrt((square * alone[filled] + 0.25) / alone[filled]) / np.sqrt(alone[filled])
    return rows[filled] / len(bins), means[filled], spread


def _folded(mean: Floats64, spread: Floats64) -> Floats64:
    """What the absolute value of a normal number is expected to be."""
    from scipy.special import ndtr

    z = mean / spread
    return np.asarray(spread * math.sqrt(2 / math.pi) * np.exp(-(z**2) / 2) + mean * (1 - 2 * ndtr(-z)))
