"""MOVER: the interval of a mean from the intervals of its parts (macro averages, rare classes included)."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Floats64


def mover(
    values: Floats64, low: Floats64, high: Floats64, variances: Floats64, variance: float, bias: float = 0.0
) -> tuple[float, float]:
    """The interval of the mean of ``values`` (parts,), from each one's own interval ``low`` to ``high``.

    The distances to each end are added in squares (MOVER: Zou & Donner 2008, "Construction of confidence limits about
    effect measures"), so that the asymmetry of a rare class's interval is kept, where a bootstrap sees no error
    because none happened to be drawn.  ``variances`` (parts,) of each value and ``variance`` of their mean say how
    much the parts vary together; ``bias`` is what the mean is expected to lie above the truth.  Held within 0 and 1.
    """
    parts = len(values)
    # Parts that vary on their own have a mean of variance sum / parts^2; what the mean really has over that says how
    # much they vary together: two parts of variance 0.04 give 0.02 alone, and twice that if they go hand in hand.
    alone = variances.sum() / parts**2
    together = variance / alone if alone > 0 else float(min(parts, 2))
    below = np.sqrt(together * ((values - low) ** 2).sum()) / parts
    above = np.sqrt(together * ((high - values) ** 2).sum()) / parts
    middle = float(values.mean()) - bias
    return max(middle - float(below), 0.0), min(middle + float(above), 1.0)
