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

_MOST = 6
"""Factors of so many classes are named in the sentence, those furthest from 1."""


def labelling(
    factors: ClassFactors,
    metric: Metric,
    classes: Sequence[str],
    positive: int | None,
    here: Measured,
    plain: Measured,
) -> Labelling:
    """What is decided by ``factors``: the metric is ``here`` with them, ``plain`` without."""
    threshold = None if positive is None else factors.threshold(positive)
    found = Labelling(
        factors=dict(zip(classes, factors.values, strict=True)),
        positive=None if positive is None else classes[positive],
        threshold=threshold,
        metric=metric.name,
        here=here,
        plain=plain,
    )
    return replace(found, sentence=sentence(found, metric.prose))


def sentence(found: Labelling, prose: str) -> str:
    """How labels are decided, in words; ``prose`` is what people call the metric."""
    if found.threshold is not None:
        what, otherwise = f"Decision threshold {found.threshold:.2f} for {found.positive}", "at 0.5"
    else:
        apart = sorted(found.factors, key=lambda each: -abs(math.log(found.factors[each])))
        told = listed([f"{each} x {found.factors[each]:.2f}" for each in apart], _MOST)
        what, otherwise = f"Labels are decided by probability times a factor for each class ({told})", "without"
    worth = f"{found.here.value:.3f} here ({found.plain.value:.3f} {otherwise})"
    return f"{what}, chosen out of fold for {prose}: {worth}."
