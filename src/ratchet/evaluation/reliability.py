"""Whether confidence can be believed: the reliability curve, and what answering only when sure would bring."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Hashes, Labels, Probabilities
from ratchet.evaluation.scorecard import ReliabilityBin, Threshold
from ratchet.metrics.ece import BINS, confidence_bins
from ratchet.metrics.predicted import most_probable
from ratchet.statistics.shares import share_of
from ratchet.statistics.units import numbered

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)


def reliability(
    labels: Labels, probabilities: Probabilities, units: Hashes | None = None
) -> tuple[ReliabilityBin, ...]:
    """The curve of accuracy against confidence, over the bins of `confidence_bins` that have rows, by ``units``."""
    confidence = probabilities.max(axis=1)
    right = most_probable(probabilities) == labels
    bins = confidence_bins(confidence)
    known, curve = numbered(units), []
    for each in np.unique(bins):
        inside = bins == each
        curve.append(
            ReliabilityBin(
                low=float(each) / BINS,
                high=float(each + 1) / BINS,
                rows=int(inside.sum()),
                confidence=float(confidence[inside].mean()),
                accuracy=share_of(right[inside], None if known is None else known.within(inside)),
            )
        )
    return tuple(curve)


def thresholds(
    labels: Labels, probabilities: Probabilities, predicted: Labels, units: Hashes | None = None
) -> tuple[Threshold, ...]:
    """Share of rows answered and accuracy of those, for each confidence of `THRESHOLDS` that some row reaches.

    ``predicted`` (rows,) are the answers, and the probability of each is its confidence: where a decision threshold is
    set, an answer need not be the most probable class.
    """
    confidence = probabilities[np.arange(len(labels)), predicted]
    right = predicted == labels
    known, table = numbered(units), []
    for each in THRESHOLDS:
        sure = confidence >= each
        if not sure.any():
            break
        table.append(
            Threshold(
                confidence=each,
                answered=share_of(sure, known),
                accuracy=share_of(right[sure], None if known is None else known.within(sure)),
            )
        )
    return tuple(table)
