"""The exact interval of a share: for few rows, levels near one, and shares near nought or one, where Wilson's fails."""

from __future__ import annotations


def clopper_pearson(hits: float, rows: float, level: float = 0.95) -> tuple[float, float]:
    """Where the true share lies with probability ``level`` or more (Clopper & Pearson 1934, Biometrika 26).

    ``hits`` and ``rows`` may be fractions, as what rows that come in units are worth; no rows give 0 to 1.

    >>> low, high = clopper_pearson(9, 10)
    >>> round(low, 4), round(high, 4)
    (0.555, 0.9975)
    """
    from scipy.special import betaincinv

    tail, misses = (1 - level) / 2, max(rows - hits, 0.0)
    low = float(betaincinv(hits, misses + 1, tail)) if hits > 0 else 0.0
    high = float(betaincinv(hits + 1, misses, 1 - tail)) if misses > 1e-9 else 1.0
    return low, high
