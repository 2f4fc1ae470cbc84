"""Macro-F1: the balance of precision and recall, every class counting the same."""

from __future__ import annotations

from ratchet.metrics.class_ratio import F1
from ratchet.metrics.macro import ClassParts, MacroMetric, f1_parts
from ratchet.metrics.predicted import ClassCounts


class MacroF1(MacroMetric):
    """The mean over classes of F1, the harmonic mean of precision and recall."""

    name = "macro_f1"
    prose = "macro-F1"
    meaning = "the balance of precision and recall of a class, on average over the classes, however rare"
    ratio = F1

    def _parts(self, counts: ClassCounts, level: float) -> ClassParts:
        return f1_parts(counts.hits, counts.support + counts.predicted - counts.hits, level)
