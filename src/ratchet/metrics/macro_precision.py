"""Macro-precision: how far a predicted class can be believed, every class counting the same."""

from __future__ import annotations

from ratchet.metrics.class_ratio import PRECISION
from ratchet.metrics.macro import ClassParts, MacroMetric, share_parts
from ratchet.metrics.predicted import ClassCounts


class MacroPrecision(MacroMetric):
    """The mean over classes of the share of rows predicted as a class that are of it."""

    name = "macro_precision"
    prose = "macro-precision"
    meaning = "of the rows predicted as a class, the share that are of it, on average over the classes"
    ratio = PRECISION

    def _parts(self, counts: ClassCounts, level: float) -> ClassParts:
        return share_parts(counts.hits, counts.predicted, level)
