"""About how many labelled rows would settle what these could not."""

from __future__ import annotations

import math
from statistics import NormalDist

_POWER = 0.8
"""The probability with which so many rows would settle it, were the difference what it looks like now."""
REACH = 10
"""With more than so many times the rows at hand it is not called a lack of data but no visible difference."""


def rows_needed(rows: int, value: float, error: float, alpha: float) -> int | None:
    """Rows for a difference of ``value``, with standard error ``error`` on ``rows`` rows, to pass a test at ``alpha``.

    None where the difference points the wrong way, or `REACH` times the rows would not do.  Rounded up to two digits:
    it is an estimate.

    >>> rows_needed(1_000, 0.01, 0.008, 0.025)
    5100
    """
    if value <= 0 or rows == 0 or not math.isfinite(value):
        return None
    normal = NormalDist()
    wanted = normal.inv_cdf(1 - alpha) + normal.inv_cdf(_POWER)
    estimate = rows * (wanted * error / value) ** 2
    return _rounded(max(estimate, rows + 1)) if estimate <= REACH * rows else None


def _rounded(estimate: float) -> int:
    step = int(10 ** max(math.floor(math.log10(estimate)) - 1, 0))
    return math.ceil(estimate / step) * step
