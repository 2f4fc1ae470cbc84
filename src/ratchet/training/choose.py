"""Which trial wins: the best score, and among those the rows cannot tell from it, the one that ranks rows best.

A metric of predicted classes (accuracy, macro-F1 ...) is noisy: it changes only where a prediction flips.  Of twenty
trials the one with the highest is often just lucky, and overfitted.  Trials within one standard error of it (Breiman
et al. 1984,
"Classification and Regression Trees", section 3.4.3, the one-standard-error rule, here of the paired difference) are
taken as equal, and the area under their ROC curve, which hears every row, decides.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ratchet import clock
from ratchet.arrays import Bools, Labels, Probabilities
from ratchet.metrics.catalogue import METRICS, metric

_PARTS = 20
"""Parts of the rows that are left out in turn to measure the standard error."""


def order(name: str, labels: Labels, probabilities: Sequence[Probabilities]) -> list[int]:
    """Trials from best to worst; ``probabilities`` are each's for rows ``labels``, best score first."""
    first = list(range(len(probabilities)))
    if not metric(name).predicted_only or len(probabilities) < 2:
        return first
    equals = [0, *(each for each in first[1:] if _as_good(name, labels, probabilities[0], probabilities[each]))]
    ranked = sorted(equals, key=lambda each: (-_area(labels, probabilities[each]), each))
    return ranked + [each for each in first if each not in equals]


def _as_good(name: str, labels: Labels, best: Probabilities, other: Probabilities) -> bool:
    """Whether ``other`` is worse than ``best`` by no more than the standard error of that difference."""
    difference = metric(name).value(labels, best) - metric(name).value(labels, other)
    return bool(difference <= standard_error(name, labels, best, other))


def standard_error(name: str, labels: Labels, one: Probabilities, other: Probabilities) -> float:
    """Of the difference of a metric between two models on the same rows: a jackknife that leaves out parts of them."""
    part = clock.rng("choose", len(labels)).permutation(len(labels)) % _PARTS
    differences = np.array([_without(name, labels, one, other, part != each) for each in range(_PARTS)])
    spread = np.nansum((differences - np.nanmean(differences)) ** 2)
    return float(np.sqrt(spread * (_PARTS - 1) / _PARTS))


def _without(name: str, labels: Labels, one: Probabilities, other: Probabilities, kept: Bools) -> float:
    return metric(name).value(labels[kept], one[kept]) - metric(name).value(labels[kept], other[kept])


def _area(labels: Labels, probabilities: Probabilities) -> float:
    area = METRICS["roc_auc"].value(labels, probabilities)
    return area if np.isfinite(area) else 0.0
