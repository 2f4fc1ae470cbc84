"""one_feature.v1: the best rule on a single feature: what a model has to beat to be worth its weight.

A model that cannot beat "the text has the word 'mentor'" has learned nothing that a person would not see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Bools, Floats64, Labels, Probabilities
from ratchet.features.encoder import Matrix, State
from ratchet.features.matrix import to_scipy
from ratchet.kinds.kind import Kind
from ratchet.models.family import Choice, Model, Range, Shape
from ratchet.models.majority import shares

NAME = "one_feature.v1"
_BINS = 32
"""Thresholds tried per dense feature: its quantiles."""


@dataclass(frozen=True, slots=True)
class _Rule:
    feature: int
    threshold: float
    missing: bool
    """Missing values count as above."""
    gain: float


class OneFeature:
    """The family: one threshold on one output (or one word), chosen for the drop in impurity that a tree would see."""

    name: ClassVar[str] = NAME
    encoders: ClassVar[Mapping[Kind, str]] = {
        Kind.NUMBER: "numeric.v1",
        Kind.CATEGORY: "onehot.v1",
        Kind.DATE: "calendar.v1",
        Kind.TEXT: "words.v1",
    }

    def space(self, shape: Shape) -> Mapping[str, Choice | Range]:
        return {}

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        return {}

    def fit(
        self,
        rows: Matrix,
        labels: Labels,
        classes: int,
        params: Mapping[str, Any],
        *,
        seed: int,
        threads: int = 1,
        names: Sequence[str] = (),
    ) -> Model:
        rules = [rule for feature in range(rows.dense.shape[1]) for rule in _of_dense(rows, feature, labels, classes)]
        rules += _of_sparse(rows, labels, classes)
        best = max(rules, key=lambda rule: (round(rule.gain, 12), -rule.feature), default=_Rule(0, np.inf, False, 0.0))
        above = _above(rows, best.feature, best.threshold, best.missing)
        table = np.stack([_smoothed(labels[~above], labels, classes), _smoothed(labels[above], labels, classes)])
        name = names[best.feature] if best.feature < len(names) else f"feature {best.feature}"
        return OneFeatureModel(best.feature, best.threshold, best.missing, table, name)


def _of_dense(rows: Matrix, feature: int, labels: Labels, classes: int) -> list[_Rule]:
    """The best threshold of a dense output, missing values below and above."""
    values = rows.dense[:, feature]
    missing = np.isnan(values)
    seen = values[~missing]
    if not len(seen):
        return []
    cuts = np.unique(np.quantile(seen, np.linspace(0, 1, _BINS + 1), method="lower"))[:-1]
    if missing.any():
        cuts = np.append(cuts, np.float32(seen.max()))
    if not len(cuts):
        return []
    bins = np.where(missing, len(cuts) + 1, np.searchsorted(cuts, values, side="left"))
    counts = np.zeros((len(cuts) + 2, classes))
    np.add.at(counts, (bins, labels), 1.0)
    below = np.cumsum(counts[:-2], axis=0)
    rules = []
    for side in (False, True):
        lower = below + (0.0 if side else counts[-1])
        gains = _gains(lower, counts.sum(axis=0))
        best = int(np.argmax(gains))
        rules.append(_Rule(feature, float(cuts[best]), side, float(gains[best])))
    return rules


def _of_sparse(rows: Matrix, labels: Labels, classes: int) -> list[_Rule]:
    """The best sparse output, by whether it is there."""
    if rows.sparse is None or not rows.sparse.width:
        return []
    cells = to_scipy(Matrix(np.zeros((len(rows), 0), np.float32), rows.sparse))
    counts = np.zeros((rows.sparse.width, classes))
    for each in range(classes):
        counts[:, each] = (cells[labels == each] > 0).sum(axis=0)
    total = np.bincount(labels, minlength=classes)
    gains = _gains(total - counts, total)
    best = int(np.argmax(gains))
    return [_Rule(rows.dense.shape[1] + best, 0.0, False, float(gains[best]))]


def _gains(lower: Floats64, total: npt.NDArray[Any]) -> Floats64:
    """(rules,) the drop in Gini impurity, in rows, of parting ``total`` (classes,) into ``lower`` and the rest."""
    return _purity(lower) + _purity(total - lower) - _purity(total)


def _purity(counts: npt.NDArray[Any]) -> Floats64:
    return np.asarray((counts**2).sum(-1) / np.maximum(counts.sum(-1), 1.0))


def _smoothed(inside: Labels, all_labels: Labels, classes: int) -> Floats64:
    """The shares of the classes, drawn towards those of all rows by the weight of one row."""
    counts = np.bincount(inside, minlength=classes) + shares(all_labels, classes)
    return np.asarray(counts / counts.sum())


def _above(rows: Matrix, feature: int, threshold: float, missing: bool) -> Bools:
    """(rows,) whether the feature lies above the threshold."""
    width = rows.dense.shape[1]
    if feature < width:
        values = rows.dense[:, feature]
        return np.where(np.isnan(values), missing, values > threshold)
    if rows.sparse is None:
        return np.zeros(len(rows), dtype=bool)
    hits = np.flatnonzero((rows.sparse.indices == feature - width) & (rows.sparse.values > threshold))
    above = np.zeros(len(rows), dtype=bool)
    above[np.searchsorted(rows.sparse.indptr, hits, side="right") - 1] = True
    return above


class OneFeatureModel:
    """Two rows of probabilities: below the threshold, and above it."""

    family: ClassVar[str] = NAME

    def __init__(self, feature: int, threshold: float, missing: bool, table: Floats64, name: str) -> None:
        self._feature, self._threshold, self._missing, self._table, self._name = (
            feature,
            threshold,
            missing,
            table,
            name,
        )

    def predict(self, rows: Matrix) -> Probabilities:
        return self._table[_above(rows, self._feature, self._threshold, self._missing).astype(np.int64)]

    def describe(self, classes: Sequence[str] = ()) -> str:
        """The rule in words, such as ``text has 'mentor': yes, else no``."""
        low, high = (int(index) for index in self._table.argmax(axis=1))
        below, above = (classes[index] if index < len(classes) else f"class {index}" for index in (low, high))
        if low == high:  # the rule changes how sure the answer is, not the answer
            below, above = f"{below} ({self._table[0, low]:.0%})", f"{above} ({self._table[1, high]:.0%})"
        is_word = " has " in self._name or " = " in self._name or self._name.endswith(" is missing")
        condition = self._name if is_word else f"{self._name} above {self._threshold:g}"
        return f"{condition}{' or missing' if self._missing and not is_word else ''}: {above}, else {below}"

    def state(self) -> State:
        meta = {
            "feature": self._feature,
            "threshold": self._threshold,
            "missing": self._missing,
            "name": self._name,
        }
        return State(meta=meta, arrays={"table": self._table})

    @classmethod
    def from_state(cls, state: State) -> Self:
        meta = state.meta
        table = np.asarray(state.arrays["table"], dtype=np.float64)
        return cls(int(meta["feature"]), float(meta["threshold"]), bool(meta["missing"]), table, str(meta["name"]))
