"""An ordered list of simple questions that gives the labels: "if this, then that class; else ...; else the last".

Built greedily (Rivest 1987, "Learning Decision Lists"): each time the question that saves most bits in the description
of the labels (minimum description length: Rissanen 1978), then the order is improved and questions that add nothing go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from ratchet.arrays import Bools, Floats64, Ints
from ratchet.data.checks.decision_list.predicates import Predicate
from ratchet.data.checks.decision_list.prune import Step, pruned
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

    def predict(self, frame: pl.DataFrame) -> Ints:
        """The class that the list gives each row (rows,)."""
        # Built from the last question to the first: "a -> 1; b -> 2; else 0" is when(a, 1, else when(b, 2, else 0)).
        answer = pl.lit(self.last)
        for predicate, label in reversed(self.steps):
            answer = pl.when(predicate.expression()).then(pl.lit(label)).otherwise(answer)
        return frame.select(answer.cast(pl.Int64).alias("answer")).to_series().to_numpy()

    def in_words(self, classes: Sequence[str]) -> str:
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
        asked = [each.best(labels, classes, left, _BitsSaved(counts, whole, each.count)) for each in questions]
        worth, label, predicate = max(asked, key=lambda each: each[0])
        if worth <= 0:
            break
        steps.append((predicate, label))
        left &= ~_truth(frame, predicate)
    last = int(np.argmax(np.bincount(labels[left], minlength=classes))) if left.any() else int(np.argmax(whole))
    found = DecisionList(steps=tuple(steps), last=last)
    if (found.predict(frame) != labels).mean() > _HOPELESS:
        return found
    truths = {predicate: _truth(frame, predicate) for predicate, _ in steps}
    return DecisionList(steps=tuple(pruned(steps, truths, labels, last)), last=last)


class _BitsSaved:
    """The bits that a question saves: those of the rows it settles, less those of its exceptions and its own.

    Minimum description length: labels, then, are a list of questions and the rows that break it.
    """

    def __init__(self, counts: Ints, whole: Ints, questions: int) -> None:
        # Of 100 rows that are left, 25 are of a class: to name it costs log2(100 / 25) = 2 bits a row.  A question of
        # 1,024 costs 10 + 2 bits, so it must settle more than six such rows before it is worth asking.
        rows = max(1, int(counts.sum()))
        self._bits = np.log2(rows / np.maximum(counts, 1))
        self._exception = np.log2(max(2, int(whole.sum())))
        self._question = np.log2(max(2, questions)) + 2
        self._least = np.maximum(3, _OF_CLASS * whole)

    def __call__(self, counts: Ints) -> Floats64:
        rows = counts.sum(axis=1, keepdims=True)
        wrong = rows - counts
        worth = counts * self._bits - wrong * self._exception - self._question
        return np.where((counts >= self._least) & (counts >= _PURE * rows), worth, -np.inf)


def _truth(frame: pl.DataFrame, predicate: Predicate) -> Bools:
    return frame.select(predicate.expression().alias("truth")).to_series().to_numpy()


def _shortened(words: str, first: str) -> str:
    """``"investment"`` for ``contains "investment"`` after ``contains "funding"``."""
    lead = words.split('"')[0]
    return words.removeprefix(lead) if '"' in words and first.startswith(lead) else words
