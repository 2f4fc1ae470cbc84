"""Numbers between 0 and 1 without an interval of their own (PR-AUC)."""

from __future__ import annotations

import math

from ratchet.arrays import Floats64
from ratchet.evaluation.intervals.wilson import quantile


def logit_interval(value: float, moved: Floats64, level: float = 0.95) -> tuple[float, float]:
    """The interval of a number from 0 to 1 whose rows have influences ``moved``, taken on the logit scale.

    Boyd, Eng & Page (2013, "Area under the precision-recall curve", section 4) find it the best for PR-AUC.  At 0 or
    1, where the logit ends, the number counts as half a row away from it.
    """
    rows = len(moved)
    inner = min(max(value, 0.5 / rows), 1 - 0.5 / rows)
    error = math.sqrt(float((moved**2).sum())) / rows
    floor = math.sqrt(inner * (1 - inner) / rows) if error == 0 else error
    reach = quantile(level) * floor / (inner * (1 - inner))
    middle = math.log(inner / (1 - inner))
    low, high = (1 / (1 + math.exp(-(middle + side * reach))) for side in (-1, 1))
    return min(low, value), max(high, value)
