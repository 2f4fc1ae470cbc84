"""Newcombe's interval of an area under the ROC curve: holds for rare classes and areas near one."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Bools, Floats64
from ratchet.statistics.units import Units, freedom, variance

_GRID = np.linspace(0.0, 1.0, 4_001)[1:-1]
_LENT = 2.0
"""Rows that the model's variance counts for beside DeLong's, which few rows estimate badly.  Chosen by simulation."""


def newcombe(
    auc: float, inside: Bools, influences: Floats64, level: float, units: Units | None = None
) -> tuple[float, float]:
    """The areas whose own spread makes the one found plausible; ``inside`` (rows,) are the positives.

    Newcombe (2006, "Confidence intervals for an effect size measure based on the Mann-Whitney statistic", method 5):
    the spread at each candidate area follows Hanley & McNeil (1982), scaled to DeLong's variance at the area found,
    which is unbiased by class, the more the more rows really count; Student's t with Welch's degrees of freedom, for
    the spread itself is estimated.
    Rows in ``units`` have the variance of their units, and both sides count as so many times fewer.
    """
    from scipy.special import stdtrit

    ones, others = float(inside.sum()), float((~inside).sum())
    parts = [_variance_part(influences[inside], len(influences)), _variance_part(influences[~inside], len(influences))]
    found, degrees = sum(parts), _degrees(parts, (ones, others))
    if units is not None:
        effect = max(variance(influences, units) / found, 1.0) if found > 0 else len(inside) / units.count
        found, ones, others = found * effect, max(ones / effect, 1.0), max(others / effect, 1.0)
        degrees = min(degrees, max(units.count - 2.0, 1.0))
    scale = 1.0
    if found > 0 and 0 < auc < 1:
        model = float(_spread(np.array([auc]), ones, others)[0])
        known = freedom(influences if units is None else units.summed(influences))
        scale = (known * found / model + _LENT) / (known + _LENT)
    # Every area of a fine grid is asked whether the one found would be usual if it were the true one: around 0.95 the
    # lower candidates spread wider, so the interval reaches further down than up.
    reach = float(stdtrit(degrees, 0.5 + level / 2)) * np.sqrt(scale * _spread(_GRID, ones, others))
    plausible = _GRID[np.abs(_GRID - auc) <= reach]
    low = float(plausible.min()) if len(plausible) else auc
    high = float(plausible.max()) if len(plausible) else auc
    return (0.0 if auc == 0 else min(low, auc)), (1.0 if auc == 1 else max(high, auc))


def _variance_part(influences: Floats64, rows: int) -> float:
    """What the rows of one class add to the variance, with its own degree of freedom given back."""
    count = len(influences)
    return float((influences**2).sum()) / rows**2 * count / max(count - 1, 1)


def _degrees(parts: list[float], counts: tuple[float, float]) -> float:
    """Welch's degrees of freedom of a variance made of two parts."""
    bottom = sum(part**2 / max(count - 1, 1) for part, count in zip(parts, counts, strict=True))
    return max(sum(parts) ** 2 / bottom, 2.0) if bottom > 0 else float(max(min(counts) - 1, 2))


def _spread(area: Floats64, ones: float, others: float) -> Floats64:
    """The variance of an area found, were each of ``area`` the true one (Hanley & McNeil 1982, equal sizes)."""
    half = (ones + others) / 2 - 1
    inner = 1 + half * (1 - area) / (2 - area) + half * area / (1 + area)
    return np.asarray(area * (1 - area) * inner / (ones * others))
