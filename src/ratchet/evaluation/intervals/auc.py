"""ROC-AUC: intervals that hold for rare classes and areas near one."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Floats64, Labels, Probabilities
from ratchet.evaluation.influence import of_auc
from ratchet.evaluation.intervals.macro import combine
from ratchet.evaluation.metrics import ranked_auc

_GRID = np.linspace(0.0, 1.0, 4_001)[1:-1]
_SCALE = (0.65, 3.0)
"""How far DeLong's variance may pull the model's: few positives estimate it badly.  Chosen by simulation."""


def auc_interval(labels: Labels, probabilities: Probabilities, level: float = 0.95) -> tuple[float, float]:
    """The interval of ROC-AUC: of class 1 for two classes, of the one-vs-rest mean for more.

    NaN where no class has both rows inside and rows outside it.
    """
    present = np.unique(labels)
    if len(present) < 2:
        return float("nan"), float("nan")
    which = [1] if probabilities.shape[1] == 2 else list(present)
    total = np.zeros(len(labels))
    values, lows, highs, variances = (np.empty(len(which)) for _ in range(4))
    for at, each in enumerate(which):
        inside, scores = labels == each, np.ascontiguousarray(probabilities[:, each])
        moved = of_auc(inside, scores)
        values[at], variances[at] = ranked_auc(scores[inside], scores[~inside]), (moved**2).sum() / len(labels) ** 2
        lows[at], highs[at] = one_auc_interval(float(values[at]), inside, moved, level)
        total += moved / len(which)
    if len(which) == 1:
        return float(lows[0]), float(highs[0])
    return combine(values, lows, highs, variances, float((total**2).sum()) / len(labels) ** 2)


def one_auc_interval(auc: float, inside: np.ndarray, moved: Floats64, level: float) -> tuple[float, float]:
    """The areas whose own spread makes the one found plausible.

    Newcombe (2006, "Confidence intervals for an effect size measure based on the Mann-Whitney statistic", method 5):
    the spread at each candidate area follows Hanley & McNeil (1982), scaled to DeLong's variance at the area found,
    which is unbiased by class; Student's t with Welch's degrees of freedom, for the spread itself is estimated.
    """
    from scipy.special import stdtrit

    ones, others = int(inside.sum()), int((~inside).sum())
    parts = [_variance_part(moved[inside], len(moved)), _variance_part(moved[~inside], len(moved))]
    found = sum(parts)
    scale = 1.0
    if found > 0 and 0 < auc < 1:
        scale = float(np.clip(found / _spread(np.array([auc]), ones, others)[0], *_SCALE))
    degrees = _degrees(parts, (ones, others))
    reach = float(stdtrit(degrees, 0.5 + level / 2)) * np.sqrt(scale * _spread(_GRID, ones, others))
    plausible = _GRID[np.abs(_GRID - auc) <= reach]
    low = float(plausible.min()) if len(plausible) else auc
    high = float(plausible.max()) if len(plausible) else auc
    return (0.0 if auc == 0 else min(low, auc)), (1.0 if auc == 1 else max(high, auc))


def _variance_part(moved: Floats64, rows: int) -> float:
    count = len(moved)
    return float((moved**2).sum()) / rows**2 * count / max(count - 1, 1)


def _degrees(parts: list[float], counts: tuple[int, int]) -> float:
    bottom = sum(part**2 / max(count - 1, 1) for part, count in zip(parts, counts, strict=True))
    return max(sum(parts) ** 2 / bottom, 2.0) if bottom > 0 else float(max(min(counts) - 1, 2))


def _spread(area: Floats64, ones: int, others: int) -> Floats64:
    half = (ones + others) / 2 - 1
    inner = 1 + half * (1 - area) / (2 - area) + half * area / (1 + area)
    return np.asarray(area * (1 - area) * inner / (ones * others))
