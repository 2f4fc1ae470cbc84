"""The share of rows of which something is true, with its interval, by units of evidence."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Bools
from ratchet.statistics.measured import FEW, Measured
from ratchet.statistics.units import Units, effective_rows
from ratchet.statistics.wilson import wilson


def share_of(found: Bools, units: Units | None = None, level: float = 0.95) -> Measured:
    """How many of the rows are ``found`` (rows,), with Wilson's interval; 0, from 0 to 1, where there are no rows.

    Rows in ``units`` count as those that tell as much alone (`effective_rows`).

    >>> str(share_of(np.arange(10) > 0))
    '0.900 (about 0.596 to 0.982, n=10)'
    """
    rows, count = len(found), float(len(found))
    value = float(found.mean()) if rows else 0.0
    if rows and units is not None:
        count = float(effective_rows(found.astype(np.float64) - value, units, np.zeros(rows, np.int64), 1, level)[0])
    low, high = wilson(np.array(value * count), np.array(count), level)
    few = (rows if units is None else units.count) < FEW
    method = "wilson" if units is None else "wilson by units"
    return Measured(value=value, low=float(low), high=float(high), n=rows, method=method, approximate=few)
