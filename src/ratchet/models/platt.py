"""Margins to probabilities: a sigmoid for each class, fitted to margins of rows that were not learned from.

Platt 1999, "Probabilistic Outputs for Support Vector Machines", section 2.2, with the targets of that section; fitted
by Newton's method as in Lin, Lin, Weng 2007, "A Note on Platt's Probabilistic Outputs for Support Vector Machines".
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Bools, Floats64, Probabilities

SLOPE = 2.0
"""Of margins that no sigmoid was fitted to."""
SMALLEST = 1e-12
"""Of several classes none is less probable, before their shares of the whole."""
_STEPS = 50
_RIDGE = 1e-9


def fitted(margins: Floats64, own: Bools, weights: Floats64) -> tuple[float, float]:
    """Slope and offset of the sigmoid for (rows,) margins; ``own`` says which rows are of the class.

    The slope is never negative: a margin that tells nothing gives the share of the class.
    """
    positive, negative = float(weights[own].sum()), float(weights[~own].sum())
    wanted = np.where(own, (positive + 1) / (positive + 2), 1 / (negative + 2))
    features = np.stack([margins, np.ones(len(margins))], axis=1)
    found = np.array([0.0, np.log((positive + 1) / (negative + 1))])
    loss = _loss(features @ found, wanted, weights)
    for _ in range(_STEPS):
        p = _sigmoid(features @ found)
        slope = features.T @ (weights * (p - wanted))
        bend = (features * (weights * p * (1 - p))[:, None]).T @ features + _RIDGE * np.eye(2)
        step = np.linalg.solve(bend, slope)
        size = 1.0
        while (after := _loss(features @ (found - size * step), wanted, weights)) > loss and size > 1e-6:
            size /= 2
        if loss - after < 1e-10 * max(loss, 1.0):
            break
        found, loss = found - size * step, after
    if found[0] < 0:
        return 0.0, float(np.log((positive + 1) / (negative + 1)))
    return float(found[0]), float(found[1])


def probabilities(logits: Floats64) -> Probabilities:
    """(rows, classes) of (rows, classes) log-odds of each class against the others, or of (rows, 1) of the second."""
    odds = _sigmoid(logits)
    if odds.shape[1] == 1:
        return np.concatenate([1 - odds, odds], axis=1)
    odds = np.maximum(odds, SMALLEST)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _sigmoid(scores: npt.NDArray[np.float64]) -> Floats64:
    return np.asarray(1 / (1 + np.exp(-np.clip(scores, -500, 500))))


def _loss(scores: Floats64, wanted: Floats64, weights: Floats64) -> float:
    """The cross-entropy: log(1 + exp(s)) - t s, without overflow."""
    return float((weights * (np.maximum(scores, 0) + np.log1p(np.exp(-np.abs(scores))) - wanted * scores)).sum())
