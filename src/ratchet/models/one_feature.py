"""one_feature.v1: the best rule on a single feature: what a model has to beat to be worth its weight.

A model that cannot beat "the text has the word 'mentor'" has learned nothing that a person would not see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from ratchet.arrays import Floats64, Labels, Probabilities
from ratchet.features.encoder import Matrix, State
from ratchet.kinds.kind import Kind
from ratchet.metrics import catalogue as metrics
from ratchet.models.family import Choice, Model, Range, Shape
from ratchet.models.majority import shares
from ratchet.models.one_rule import Rule, best_rule

NAME = "one_feature.v1"
_METRIC = "macro_f1"
_HAIR = 1e-3
"""How far what a side says lies above the class that is commoner there."""


class OneFeature:
    """The family: one threshold on one output (or one word), the best by ``metric``, which is the gate's."""

    name: ClassVar[str] = NAME
    encoders: ClassVar[Mapping[Kind, str]] = {
        Kind.NUMBER: "numeric.v1",
        Kind.CATEGORY: "onehot.v1",
        Kind.DATE: "calendar.v1",
        Kind.TEXT: "words.v2",
    }

    def space(self, shape: Shape) -> Mapping[str, Choice | Range]:
        return {"metric": Choice((_METRIC,), beside=metrics.choosable())}

    def defaults(self, shape: Shape) -> Mapping[str, Any]:
        return {"metric": _METRIC}

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
        metric = metrics.metric(params.get("metric", _METRIC))
        best = best_rule(rows, labels, classes, metric)
        above = best.above(rows)
        table = np.stack([_smoothed(labels[~above], labels, classes), _smoothed(labels[above], labels, classes)])
        if metric.predicted_only:
            table = np.stack([_saying(side, said) for side, said in zip(table, best.says, strict=True)])
        name = names[best.feature] if best.feature < len(names) else f"feature {best.feature}"
        return OneFeatureModel(best, table, name)


def _smoothed(inside: Labels, all_labels: Labels, classes: int) -> Floats64:
    """The shares of the classes, drawn towards those of all rows by the weight of one row."""
    counts = np.bincount(inside, minlength=classes) + shares(all_labels, classes)
    return np.asarray(counts / counts.sum())


def _saying(side: Floats64, said: int) -> Floats64:
    """The shares of a side such that ``said`` is the most probable class: it meets the commonest one halfway.

    >>> _saying(np.array([0.6, 0.4]), 1).round(3).tolist()
    [0.499, 0.501]
    """
    common = int(side.argmax())
    if common == said:
        return side
    moved, middle = side.copy(), (side[common] + side[said]) / 2
    moved[common], moved[said] = middle * (1 - 2 * _HAIR), middle * (1 + 2 * _HAIR)
    return moved


class OneFeatureModel:
    """Two rows of probabilities: below the threshold, and above it."""

    family: ClassVar[str] = NAME

    def __init__(self, rule: Rule, table: Floats64, name: str) -> None:
        self._rule, self._table, self._name = rule, table, name

    def predict(self, rows: Matrix) -> Probabilities:
        return self._table[self._rule.above(rows).astype(np.int64)]

    def describe(self, classes: Sequence[str] = ()) -> str:
        """The rule in words, such as ``text has 'mentor': yes, else no``."""
        low, high = (int(index) for index in self._table.argmax(axis=1))
        below, above = (classes[index] if index < len(classes) else f"class {index}" for index in (low, high))
        if low == high:  # the rule changes how sure the answer is, not the answer
            below, above = f"{below} ({self._table[0, low]:.0%})", f"{above} ({self._table[1, high]:.0%})"
        is_word = " has " in self._name or " = " in self._name or self._name.endswith(" is missing")
        condition = self._name if is_word else f"{self._name} above {self._rule.threshold:g}"
        return f"{condition}{' or missing' if self._rule.missing and not is_word else ''}: {above}, else {below}"

    def state(self) -> State:
        rule = self._rule
        meta = {
            "feature": rule.feature,
            "threshold": rule.threshold,
            "missing": rule.missing,
            "name": self._name,
        }
        return State(meta=meta, arrays={"table": self._table})

    @classmethod
    def from_state(cls, state: State) -> Self:
        meta, table = state.meta, np.asarray(state.arrays["table"], dtype=np.float64)
        low, high = (int(each) for each in table.argmax(axis=1))
        rule = Rule(int(meta["feature"]), float(meta["threshold"]), bool(meta["missing"]), (low, high))
        return cls(rule, table, str(meta["name"]))
