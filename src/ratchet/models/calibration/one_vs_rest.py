"""Maps of one probability made into maps of a row of them: each class against the rest, then shares of the whole.

Zadrozny and Elkan 2002, "Transforming Classifier Scores into Accurate Multiclass Probability Estimates", section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ratchet.arrays import Bools, Floats64, Labels, Probabilities

Curve = Callable[[Floats64], Floats64]
"""From probabilities of one class to calibrated ones, both (rows,)."""

FEWEST = 10
"""A class with fewer rows (or all rows but fewer) keeps the probabilities it has: there is nothing to fit to."""


def columns(classes: int) -> Sequence[int]:
    """The classes that need a curve: all, or the second of two (the first is what is left)."""
    return [1] if classes == 2 else range(classes)


def enough(inside: Bools) -> bool:
    """Whether rows of a class, and rows of others, are enough to fit a curve to."""
    return FEWEST <= int(inside.sum()) <= len(inside) - FEWEST


def is_class(labels: Labels, each: int) -> Bools:
    """(rows,) whether a row is of that class."""
    return np.asarray(labels == each)


def apply(curves: Sequence[Curve | None], probabilities: Probabilities) -> Probabilities:
    """Probabilities through a curve per class of `columns` (None: left as it is), summing to one again."""
    classes = probabilities.shape[1]
    if classes == 2:
        curve = curves[0]
        second = probabilities[:, 1] if curve is None else curve(probabilities[:, 1])
        return np.column_stack([1 - second, second])
    mapped = np.column_stack(
        [
            probabilities[:, each] if curve is None else curve(probabilities[:, each])
            for each, curve in enumerate(curves)
        ]
    )
    return np.asarray(mapped / mapped.sum(axis=1, keepdims=True))
