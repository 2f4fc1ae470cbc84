"""How well one column alone gives the label, out of fold: by how often each class goes with each of its values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from ratchet.arrays import Floats64, Ints
from ratchet.data.near.components import numbered

_FOLDS = 3
_BINS = 256
_VALUES = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Alone:
    """What one column alone reaches: ``explained`` is the share of the largest class's errors that it takes away."""

    accuracy: float
    explained: float
    auc: float
    """Area under the ROC curve; 0.5 where there are more than two classes."""


def alone(column: pl.Series, labels: Ints, classes: int) -> Alone:
    """How well the column's values (or 256 steps of its numbers) give the labels of rows held back in turn."""
    codes = numbered(_codes(column))
    folds = np.random.default_rng(0).integers(0, _FOLDS, len(labels))
    size = int(codes.max(initial=0)) + 1
    whole = np.bincount(codes * classes + labels, minlength=size * classes).reshape(size, classes)
    prior = np.bincount(labels, minlength=classes) / max(1, len(labels))
    chances = np.empty((len(labels), classes))
    for fold in range(_FOLDS):
        out = folds == fold
        own = np.bincount(codes[out] * classes + labels[out], minlength=size * classes).reshape(size, classes)
        seen = whole - own
        chances[out] = ((seen + prior) / (seen.sum(axis=1, keepdims=True) + 1))[codes[out]]
    accuracy = float((chances.argmax(axis=1) == labels).mean())
    guess = float(prior.max())
    explained = (accuracy - guess) / (1 - guess) if guess < 1 else 0.0
    return Alone(accuracy=accuracy, explained=explained, auc=_auc(chances[:, -1], labels) if classes == 2 else 0.5)


def _codes(column: pl.Series) -> Ints:
    """A number for each value, 0 for a missing one; numbers of many values are put into steps of equally many rows."""
    if column.dtype.is_temporal():
        column = column.cast(pl.Int64).cast(pl.Float64)
    if column.dtype.is_float() and column.n_unique() > _VALUES:
        values = column.fill_null(np.nan).to_numpy()
        there = ~np.isnan(values)
        edges = np.quantile(values[there], np.linspace(0, 1, _BINS + 1)[1:-1])
        return np.where(there, np.searchsorted(edges, values, side="right") + 1, 0)
    codes = column.rank("dense").fill_null(0).cast(pl.Int64).to_numpy()
    once = np.bincount(codes) == 1  # a value seen once tells nothing out of fold
    return np.where(once[codes], codes.max(initial=0) + 1, codes) if once.any() else codes


def _auc(scores: Floats64, labels: Ints) -> float:
    """The chance that a row of the second class has a higher score than one of the first."""
    positive = labels == 1
    count = int(positive.sum())
    if count in {0, len(labels)}:
        return 0.5
    ranks = pl.Series(scores).rank("average").to_numpy()
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * (len(labels) - count)))
