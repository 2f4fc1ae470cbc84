"""Macro averages: how far a mean over classes may lie from the true one, rare classes included."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Floats64


def combine(
    values: Floats64, low: Floats64, high: Floats64, variances: Floats64, variance: float, bias: float = 0.0
) -> tuple[float, float]:
    """The interval of the mean of ``values`` (classes,), from each one's own interval ``low`` to ``high``.

    The distances to each end are added in squares (MOVER: Zou & Donner 2008, "Construction of confidence limits about
    effect measures"), so that the asymmetry of a rare class's interval is kept, where a bootstrap sees no error
    because none happened to be drawn.  ``variances`` (classes,) of each value and ``variance`` of their mean say how
    much the classes move together; ``bias`` is what the mean is expected to lie above the truth.
    """
    classes = len(values)
    apart = variances.sum() / classes**2
    together = variance / apart if apart > 0 else float(min(classes, 2))
    below = np.sqrt(together * ((values - low) ** 2).sum()) / classes
    above = np.sqrt(together * ((high - values) ** 2).sum()) / classes
    middle = float(values.mean()) - bias
    return max(middle - float(below), 0.0), min(middle + float(above), 1.0)
