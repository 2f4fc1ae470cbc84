"""How good a model is at one class."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Labels
from ratchet.statistics.measured import Measured
from ratchet.statistics.wilson import share, wilson_f1


def class_measures(labels: Labels, predicted: Labels, each: int, level: float = 0.95) -> dict[str, Measured]:
    """Precision, recall, F1 and support of class ``each``; ``n`` is the rows each is measured on."""
    truth, named = labels == each, predicted == each
    both, union = float((truth & named).sum()), float((truth | named).sum())
    support = float(truth.sum())
    return {
        "precision": share(both, float(named.sum()), level),
        "recall": share(both, support, level),
        "f1": _f1(both, union, level),
        "support": Measured(value=support, low=support, high=support, n=len(labels), method="count"),
    }


def _f1(hits: float, union: float, level: float) -> Measured:
    # F1 from the share of hits: 6 rows right of 10 that are of the class or predicted as it give 2 * 0.6 / 1.6 = 0.75.
    low, high = wilson_f1(np.array(hits), np.array(union), level)
    jaccard = hits / union if union else 0.0
    return Measured(value=2 * jaccard / (1 + jaccard), low=float(low), high=float(high), n=int(union), method="wilson")
