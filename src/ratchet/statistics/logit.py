"""The interval of a number between 0 and 1 that has none of its own (PR-AUC), on the logit scale."""

from __future__ import annotations

import math

from ratchet.arrays import Floats64
from ratchet.statistics.wilson import quantile


def logit(value: float, influences: Floats64, level: float = 0.95) -> tuple[float, float]:
    """The interval of a number from 0 to 1 on which its rows have ``influences`` (rows,).

    Boyd, Eng & Page (2013, "Area under the precision-recall curve", section 4) find it the best for PR-AUC.  At 0 or
    1, where the logit ends, the number counts as half a row away from it.
    """
    rows = len(influences)
    inner = min(max(value, 0.5 / rows), 1 - 0.5 / rows)
    error = math.sqrt(float((influences**2).sum())) / rows
    floor = math.sqrt(inner * (1 - inner) / rows) if error == 0 else error
    # An error of e around p is e / (p (1 - p)) around logit(p): 0.01 around 0.99 is 1.0 around 4.6.
    reach = quantile(level) * floor / (inner * (1 - inner))
    middle = math.log(inner / (1 - inner))
    low, high = (1 / (1 + math.exp(-(middle + side * reach))) for side in (-1, 1))
    return min(low, value), max(high, value)
