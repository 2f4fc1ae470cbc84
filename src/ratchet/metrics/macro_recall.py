"""Macro-recall: how much of each class is found, every class counting the same."""

from __future__ import annotations

from ratchet.metrics.class_ratio import RECALL
from ratchet.metrics.macro import ClassParts, MacroMetric, share_parts
from ratchet.metrics.predicted import ClassCounts


class MacroRecall(MacroMetric):
    """The mean over classes of the share of a class's rows that are predicted as it (balanced accuracy)."""

    name = "macro_recall"
    prose = "macro-recall"
    meaning = "of the rows of a class, the share predicted as it, on average over the classes (balanced accuracy)"
    ratio = RECALL

    def _parts(self, counts: ClassCounts, level: float) -> ClassParts:
        return share_parts(counts.hits, counts.support, level)
