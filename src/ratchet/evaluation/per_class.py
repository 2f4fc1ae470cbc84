"""How good a model is at one class."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ratchet.arrays import Bools, Floats64, Hashes, Labels, Probabilities
from ratchet.metrics.pr_auc import PrAuc
from ratchet.metrics.predicted import most_probable
from ratchet.statistics.measured import Measured
from ratchet.statistics.shares import share_of
from ratchet.statistics.units import numbered


def class_measures(
    labels: Labels,
    probabilities: Probabilities,
    each: int,
    *,
    predicted: Labels | None = None,
    level: float = 0.95,
    units: Hashes | None = None,
) -> dict[str, Measured]:
    """Precision, recall, F1, PR-AUC and support of class ``each``; ``n`` is the rows each is measured on.

    ``predicted`` (rows,) are the labels that were given; None: the most probable classes.  PR-AUC is left out of a
    class without rows, where it cannot be measured.
    """
    truth, named = labels == each, (most_probable(probabilities) if predicted is None else predicted) == each
    support = float(truth.sum())
    area = PrAuc(1).measured(truth.astype(np.int32), _one_or_other(probabilities[:, each]), level=level, units=units)
    return {
        "precision": _share(truth, named, units, level),
        "recall": _share(named, truth, units, level),
        "f1": _f1(_share(truth & named, truth | named, units, level)),
        **({"pr_auc": area} if support else {}),
        "support": Measured(value=support, low=support, high=support, n=len(labels), method="count"),
    }


def _share(found: Bools, inside: Bools, units: Hashes | None, level: float) -> Measured:
    """How many of the rows ``inside`` (rows,) are ``found`` (rows,)."""
    return share_of(found[inside], None if units is None else numbered(units[inside]), level)


def _f1(jaccard: Measured) -> Measured:
    """F1 from the share of hits: 6 rows right of 10 that are of the class or predicted as it give 2 * 0.6 / 1.6."""
    value, low, high = (2 * end / (1 + end) for end in (jaccard.value, jaccard.low, jaccard.high))
    return replace(jaccard, value=value, low=low, high=high)


def _one_or_other(scores: Floats64) -> Probabilities:
    """(rows, 2) the probabilities of a class, against all others together."""
    return np.column_stack([1 - scores, scores])
