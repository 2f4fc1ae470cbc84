"""How labels are decided, where it is not by the most probable class, and what that is worth here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from ratchet.evaluation.scorecard import Labelling
from ratchet.metrics.metric import Metric
from ratchet.models.decision import ClassFactors
from ratchet.statistics.measured import Measured
from ratchet.words import listed

MOST_PROBABLE = "with the most probable class"
"""How trials are scored."""
_MOST = 6
"""Factors of so many classes are named in the sentence, those furthest from 1."""


def labelling(
    factors: ClassFactors,
    metric: Metric,
    classes: Sequence[str],
    positive: int | None,
    here: Measured,
    plain: Measured,
    *,
    search: Measured | None = None,
    search_score: float | None = None,
) -> Labelling:
    """What is decided by ``factors``: the metric is ``here`` with them, ``plain`` without.

    Out of fold it is ``search`` with them; ``search_score`` is that of the trial, without.
    """
    threshold = None if positive is None else factors.threshold(positive)
    found = Labelling(
        factors=dict(zip(classes, factors.values, strict=True)),
        positive=None if positive is None else classes[positive],
        threshold=threshold,
        metric=metric.name,
        here=here,
        plain=plain,
    )
    return beside(found, metric.prose, search, search_score)


def beside(found: Labelling, prose: str, search: Measured | None, search_score: float | None) -> Labelling:
    """The same with what it is worth out of fold, and in words; ``prose`` is what people call the metric."""
    told = replace(found, out_of_fold=None if search is None else search.value, out_of_fold_plain=search_score)
    return replace(told, sentence=_sentence(told, prose), beside_trials=_beside_trials(told))


def with_what(found: Labelling) -> str:
    """By what labels are decided, short: ``with the threshold 0.34``."""
    return "with its class factors" if found.threshold is None else f"with the threshold {found.threshold:.2f}"


def _sentence(found: Labelling, prose: str) -> str:
    if found.threshold is not None:
        what, otherwise = f"Decision threshold {found.threshold:.2f} for {found.positive}", "at 0.5"
    else:
        apart = sorted(found.factors, key=lambda each: -abs(math.log(found.factors[each])))
        told = listed([f"{each} x {found.factors[each]:.2f}" for each in apart], _MOST)
        what, otherwise = f"Labels are decided by probability times a factor for each class ({told})", "without"
    worth = []
    if found.out_of_fold is not None and found.out_of_fold_plain is not None:
        worth.append(f"{found.out_of_fold:.3f} out of fold ({found.out_of_fold_plain:.3f} {MOST_PROBABLE})")
    if found.here is not None and found.plain is not None:
        worth.append(f"{found.here.value:.3f} here ({found.plain.value:.3f} {otherwise})")
    return f"{what}, chosen out of fold for {prose}{': ' * bool(worth)}{', '.join(worth)}."


def _beside_trials(found: Labelling) -> str:
    if found.out_of_fold is None:
        return ""
    return f"Trials are scored {MOST_PROBABLE}; {with_what(found)} the chosen one has {found.out_of_fold:.3f}."
