"""Macro-precision: how far a predicted class can be believed, every class counting the same."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Floats64, Ints, Labels
from ratchet.metrics.class_ratio import PRECISION
from ratchet.metrics.macro import ClassParts, MacroMetric, share_parts


class MacroPrecision(MacroMetric):
    """The mean over classes of the share of rows predicted as a class that are of it."""

    name = "macro_precision"
    prose = "macro-precision"
    meaning = "of the rows predicted as a class, the share that are of it, on average over the classes"
    ratio = PRECISION

    def _rests_on(self, labels: Labels, predicted: Labels) -> tuple[Ints, Labels]:
        return np.arange(len(labels)), predicted

    def _parts(self, shares: Floats64, rows: Floats64, level: float) -> ClassParts:
        return share_parts(shares, rows, level)
