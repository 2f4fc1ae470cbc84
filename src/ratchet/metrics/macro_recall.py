"""Macro-recall: how much of each class is found, every class counting the same."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Floats64, Ints, Labels
from ratchet.metrics.class_ratio import RECALL
from ratchet.metrics.macro import ClassParts, MacroMetric, share_parts


class MacroRecall(MacroMetric):
    """The mean over classes of the share of a class's rows that are predicted as it (balanced accuracy)."""

    name = "macro_recall"
    prose = "macro-recall"
    meaning = "of the rows of a class, the share predicted as it, on average over the classes (balanced accuracy)"
    ratio = RECALL

    def _rests_on(self, labels: Labels, predicted: Labels) -> tuple[Ints, Labels]:
        return np.arange(len(labels)), labels

    def _parts(self, shares: Floats64, rows: Floats64, level: float) -> ClassParts:
        return share_parts(shares, rows, level)
