"""All the simple questions that may be asked of some rows, counted by class whole families at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import polars as pl

from ratchet.arrays import Bools, Floats64, Ints
from ratchet.data.checks.decision_list.predicates import Equals, NumberLimit, Predicate

Gain = Callable[[Ints], Floats64]
"""From how many rows of each class say yes (questions, classes) to what asking is worth (questions, classes)."""


class Questions(Protocol):
    """A family of questions about one column (or about the words of all texts)."""

    count: int
    """How many there are, about."""

    def best(self, labels: Ints, classes: int, left: Bools, gain: Gain) -> tuple[float, int, Predicate]:
        """The worth, class and wording of the best question about the rows that are ``left``."""
        ...


class NumberQuestions:
    """Whether a number is at most, or above, a limit."""

    def __init__(self, column: pl.Series) -> None:
        values = column.fill_null(np.nan).to_numpy()
        there = np.flatnonzero(~np.isnan(values))
        self._order = there[np.argsort(values[there], kind="stable")]
        self._values = values
        self._name = column.name
        self.count = 2 * min(len(np.unique(values[there])), 1 << 16)

    def best(self, labels: Ints, classes: int, left: Bools, gain: Gain) -> tuple[float, int, Predicate]:
        # Values [1, 1, 3] labelled [0, 1, 0] have the running class counts [1, 0], [1, 1], [2, 1].  The place to cut
        # is behind the second, where the value grows: "at most" gets [1, 1] and "above" the rest, [1, 0].
        order = self._order[left[self._order]]
        values = self._values[order]
        cuts = np.flatnonzero(values[1:] > values[:-1])
        if not len(cuts):
            return -np.inf, 0, NumberLimit(self._name, 0.0)
        onehot = np.zeros((len(order), classes), dtype=np.int64)
        onehot[np.arange(len(order)), labels[order]] = 1
        below = np.cumsum(onehot, axis=0)
        counts = below[cuts]
        low, high = top(gain(counts)), top(gain(below[-1] - counts))
        worth, place, label = max(low, high, key=lambda each: each[0])
        limit = _between(values[cuts[place]], values[cuts[place] + 1])
        return worth, label, NumberLimit(self._name, limit, above=high[0] > low[0])


class CategoryQuestions:
    """Whether a category has a value."""

    def __init__(self, column: pl.Series) -> None:
        self._values = column.unique().to_list()
        codes = pl.DataFrame(
            {"value": self._values, "code": range(len(self._values))}, schema_overrides={"value": pl.String}
        )
        joined = column.to_frame("value").join(codes, on="value", how="left", nulls_equal=True, maintain_order="left")
        self._codes = joined["code"].to_numpy()
        self._name = column.name
        self.count = len(self._values)

    def best(self, labels: Ints, classes: int, left: Bools, gain: Gain) -> tuple[float, int, Predicate]:
        counts = counted(self._codes[left], labels[left], self.count, classes)
        worth, place, label = top(gain(counts))
        return worth, label, Equals(self._name, self._values[place])


def counted(ids: Ints, labels: Ints, count: int, classes: int) -> Ints:
    """How many rows of each class each question holds for (questions, classes)."""
    # With 2 classes, question 3 answered yes by a row of class 1 is counted at 3 * 2 + 1 = 7: row 3, column 1.
    return np.bincount(ids * classes + labels, minlength=count * classes).reshape(count, classes)


def top(worth: Floats64) -> tuple[float, int, int]:
    """The highest worth, its question and its class."""
    if not worth.size:
        return -np.inf, 0, 0
    place, label = np.unravel_index(int(np.argmax(worth)), worth.shape)
    return float(worth[place, label]), int(place), int(label)


def _between(low: float, high: float) -> float:
    """The shortest number from ``low`` on and below ``high``."""
    for digits in range(-6, 12):
        limit = round(low, digits)
        if low <= limit < high:
            return float(limit)
    return float(low)
