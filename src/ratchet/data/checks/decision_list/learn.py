"""An ordered list of simple questions that gives the labels: "if this, then that class; else ...; else the last".

Built greedily (Rivest 1987, "Learning Decision Lists"): each time the question that saves most in the telling of the
labels (minimum description length: Rissanen 1978), then the order is improved and questions that add nothing go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from ratchet.arrays import Bools, Floats64, Ints
from ratchet.data.checks.decision_list.predicates import Predicate
from ratchet.data.checks.decision_list.prune import Step, polished
from ratchet.data.checks.decision_list.questions import Questions

_PURE = 0.97
_HOPELESS = 0.1
_OF_CLASS = 0.04
"""A question must settle this share of its class, or else it is one of the many that happen to be true."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionList:
    """Questions in order, each with the class of the rows that say yes; the rest have the class ``last``."""

    steps: tuple[Step, ...]
    last: int

    def answers(self, frame: pl.DataFrame) -> Ints:
        """The class that the list gives each row (rows,)."""
        answer = pl.lit(self.last)
        for predicate, label in reversed(self.steps):
            answer = pl.when(predicate.expression()).then(pl.lit(label)).otherwise(answer)
        return frame.select(answer.cast(pl.Int64).alias("answer")).to_series().to_numpy()

    def told(self, classes: Sequence[str]) -> str:
        """The list as one line; questions in a row that give the same class are joined by "or"."""
        parts: list[tuple[list[str], int]] = []
        for predicate, label in self.steps:
            if parts and parts[-1][1] == label:
                parts[-1][0].append(_shortened(str(predicate), parts[-1][0][0]))
            else:
                parts.append(([str(predicate)], label))
        lines = [f"{' or '.join(words)} -> {classes[label]}" for words, label in parts]
        return "; ".join([*lines, f"else {classes[self.last]}"])


def learn(frame: pl.DataFrame, labels: Ints, classes: int, questions: Sequence[Questions], most: int) -> DecisionList:
    """The list that reproduces the labels of some rows best, of at most ``most`` questions."""
    left = np.ones(len(labels), dtype=bool)
    steps: list[Step] = []
    whole = np.bincount(labels, minlength=classes)
    missed = whole.sum() - whole.max()
    while len(steps) < most:
        counts = np.bincount(labels[left], minlength=classes)
        if (counts > 0).sum() < 2 or (len(steps) > classes and counts.sum() - counts.max() > missed / 2):
            break
        asked = [each.best(labels, classes, left, _Worth(counts, whole, each.count)) for each in questions]
        worth, label, predicate = max(asked, key=lambda each: each[0])
        if worth <= 0:
            break
        steps.append((predicate, label))
        left &= ~_truth(frame, predicate)
    last = int(np.argmax(np.bincount(labels[left], minlength=classes))) if left.any() else int(np.argmax(whole))
    found = DecisionList(steps=tuple(steps), last=last)
    if (found.answers(frame) != labels).mean() > _HOPELESS:
        return found
    truths = {predicate: _truth(frame, predicate) for predicate, _ in steps}
    return DecisionList(steps=tuple(polished(steps, truths, labels, last)), last=last)


class _Worth:
    """What a question is worth in bits: rows it settles, less what its exceptions and its own telling cost."""

    def __init__(self, counts: Ints, whole: Ints, questions: int) -> None:
        rows = max(1, int(counts.sum()))
        self._bits = np.log2(rows / np.maximum(counts, 1))
        self._exception = np.log2(max(2, int(whole.sum())))
        self._telling = np.log2(max(2, questions)) + 2
        self._least = np.maximum(3, _OF_CLASS * whole)

    def __call__(self, counts: Ints) -> Floats64:
        rows = counts.sum(axis=1, keepdims=True)
        wrong = rows - counts
        worth = counts * self._bits - wrong * self._exception - self._telling
        return np.where((counts >= self._least) & (counts >= _PURE * rows), worth, -np.inf)


def _truth(frame: pl.DataFrame, predicate: Predicate) -> Bools:
    return frame.select(predicate.expression().alias("truth")).to_series().to_numpy()


def _shortened(words: str, first: str) -> str:
    """``"investment"`` for ``contains "investment"`` after ``contains "funding"``."""
    lead = words.split('"')[0]
    return words.removeprefix(lead) if '"' in words and first.startswith(lead) else words
