"""Scores to probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Probabilities


def softmax(scores: npt.NDArray[Any]) -> Probabilities:
    """(rows, classes) probabilities of (rows, classes) scores; of one column, those of class 1 against class 0.

    >>> softmax(np.zeros((1, 1))).tolist()
    [[0.5, 0.5]]
    """
    scores = np.asarray(scores, dtype=np.float64)
    if scores.shape[1] > 1:
        powers = scores - np.maximum.reduce(scores, axis=1, keepdims=True)
        np.exp(powers, out=powers)
        powers /= np.add.reduce(powers, axis=1, keepdims=True)
        return powers
    odds = np.exp(-np.abs(scores))  # never overflows
    large = 1 / (1 + odds)
    both = np.concatenate([odds * large, large], axis=1)
    return np.where(scores >= 0, both, both[:, ::-1])
