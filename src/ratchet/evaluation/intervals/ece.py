"""The calibration error: its interval, with the part taken off that chance alone puts there."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Labels, Probabilities
from ratchet.evaluation import metrics

_RESAMPLES = 2_000


def ece_interval(
    labels: Labels, probabilities: Probabilities, rng: np.random.Generator, level: float = 0.95
) -> tuple[float, float]:
    """The interval of ECE, by a bootstrap of each bin's mean gap.

    A perfectly calibrated model has gaps by chance, and an absolute value makes all of them count up (Kumar, Liang &
    Ma 2019, "Verified uncertainty calibration", section 4): the bootstrap repeats that bias, and so tells how much to
    take off. The bins' means are drawn as normal, each with its own spread of at least one row's.
    Where all gaps together are no larger than chance makes them (Hosmer & Lemeshow 1980), the interval starts at 0.
    """
    from scipy.special import chdtrc

    confidence = probabilities.max(axis=1)
    excess = confidence - (metrics.answers(probabilities) == labels)
    bins = metrics.confidence_bins(confidence)
    rows = np.bincount(bins, minlength=metrics.BINS)
    filled = rows > 0
    count = rows[filled]
    mean = np.bincount(bins, weights=excess, minlength=metrics.BINS)[filled] / count
    square = np.bincount(bins, weights=excess**2, minlength=metrics.BINS)[filled] / count
    spread = np.sqrt((np.maximum(square - mean**2, 0) * count + 0.25) / count) / np.sqrt(count)
    drawn = np.abs(mean + spread * rng.standard_normal((_RESAMPLES, len(count)))) @ (count / count.sum())
    value = float(np.abs(mean) @ (count / count.sum()))
    bias = float(drawn.mean()) - value
    low, high = np.quantile(drawn, [0.5 - level / 2, 0.5 + level / 2]) - 2 * bias
    by_chance = float(chdtrc(len(count), ((mean / spread) ** 2).sum())) > 1 - level
    return 0.0 if by_chance else min(max(float(low), 0.0), value), max(float(high), value)
