"""Macro-F1: the balance of precision and recall, every class counting the same."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Floats64, Ints, Labels
from ratchet.metrics.class_ratio import F1
from ratchet.metrics.macro import ClassParts, MacroMetric, f1_parts


class MacroF1(MacroMetric):
    """The mean over classes of F1, the harmonic mean of precision and recall."""

    name = "macro_f1"
    prose = "macro-F1"
    meaning = "the balance of precision and recall of a class, on average over the classes, however rare"
    ratio = F1

    def _rests_on(self, labels: Labels, predicted: Labels) -> tuple[Ints, Labels]:
        # A row of class 0 taken for class 1 counts in both: in the first as one missed, in the second as one too many.
        wrong = np.flatnonzero(labels != predicted)
        return np.concatenate([np.arange(len(labels)), wrong]), np.concatenate([labels, predicted[wrong]])

    def _parts(self, shares: Floats64, rows: Floats64, level: float) -> ClassParts:
        return f1_parts(shares, rows, level)
