"""Calibration error: how far confidence lies from accuracy."""

from __future__ import annotations

import numpy as np

from ratchet import clock
from ratchet.arrays import Floats64, Ints, Labels, Probabilities
from ratchet.metrics.metric import Metric
from ratchet.metrics.predicted import most_probable
from ratchet.statistics.units import Units

BINS = 15
"""Bins of confidence (Guo et al. 2017, "On Calibration of Modern Neural Networks", section 2)."""
_RESAMPLES = 2_000


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
    method = "bin-bootstrap"

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
        """A bootstrap of each bin's mean gap.

        A perfectly calibrated model has gaps by chance, and an absolute value makes all of them count up (Kumar, Liang
        & Ma 2019, "Verified uncertainty calibration", section 4): the bootstrap repeats that bias, and so tells how
        much to take off. The bins' means are drawn as normal, each with its own spread of at least one row's.
        Where all gaps together are no larger than chance makes them (Hosmer & Lemeshow 1980), the interval starts at 0.
        """
        from scipy.special import chdtrc

        count, mean, spread = _gaps(*_excess(labels, probabilities))
        rng = clock.rng(self.name, seed)
        drawn = np.abs(mean + spread * rng.standard_normal((_RESAMPLES, len(count)))) @ (count / count.sum())
        found = float(np.abs(mean) @ (count / count.sum()))
        bias = float(drawn.mean()) - found
        low, high = np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2]) - 2 * bias
        by_chance = float(chdtrc(len(count), ((mean / spread) ** 2).sum())) > 1 - level
        return 0.0 if by_chance else float(low), float(high)


def _excess(labels: Labels, probabilities: Probabilities) -> tuple[Floats64, Ints]:
    """(rows,) confidence less whether it is right, and the bin of each row."""
    confidence = probabilities.max(axis=1)
    return np.asarray(confidence - (most_probable(probabilities) == labels)), confidence_bins(confidence)


def _gaps(excess: Floats64, bins: Ints) -> tuple[Ints, Floats64, Floats64]:
    """(filled bins,) the rows of each, its mean excess, and that mean's standard error."""
    rows = np.bincount(bins, minlength=BINS)
    filled = rows > 0
    count = rows[filled]
    mean = np.bincount(bins, weights=excess, minlength=BINS)[filled] / count
    square = np.bincount(bins, weights=excess**2, minlength=BINS)[filled] / count
    # A quarter is the variance of one row that falls either way, added so that a bin whose few rows agree is not called
    # certain: 3 rows of variance 0 get (0 * 3 + 0.25) / 3 = 0.083.
    spread = np.sqrt((np.maximum(square - mean**2, 0) * count + 0.25) / count) / np.sqrt(count)
    return count, mean, spread
