"""Units of evidence: rows of one group, or near-copies of each other, are one piece of it, however many they are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Bools, Floats64, Hashes, Ints, Labels
from ratchet.statistics.wilson import quantile


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Units:
    """Which unit of evidence each row belongs to."""

    of: Ints
    """(rows,) the number of its unit, from 0."""
    count: int

    def within(self, inside: Bools | Ints) -> Units | None:
        """The units of some of the rows."""
        return numbered(self.of[inside])

    def summed(self, influences: Floats64) -> Floats64:
        """(units,) the influence of each unit as a whole, where its rows have ``influences`` (rows,)."""
        # Influences are times the number of rows, so a unit's is their sum, scaled to the number of units: rows of
        # influence 2, 2 and -4, the first two of one unit, become units of 4 * 2 / 3 and -4 * 2 / 3.
        sums = np.bincount(self.of, weights=influences, minlength=self.count)
        return np.asarray(sums * (self.count / len(self.of)))


def numbered(ids: Hashes | Ints | None) -> Units | None:
    """The units that ``ids`` (rows,) tell apart; None where every row is a unit of its own.

    >>> numbered(np.array([7, 9, 7])).of.tolist()
    [0, 1, 0]
    """
    if ids is None:
        return None
    found, of = np.unique(ids, return_inverse=True)
    return None if len(found) == len(ids) else Units(of=of.astype(np.int64), count=len(found))


def variance(influences: Floats64, units: Units | None = None) -> float:
    """The variance of a number on which rows have ``influences`` (rows,), each unit counting as a whole."""
    if units is None:
        return float((influences**2).sum()) / len(influences) ** 2
    sums = np.bincount(units.of, weights=influences, minlength=units.count)
    return float((sums**2).sum()) / len(influences) ** 2 * units.count / max(units.count - 1, 1)


def freedom(influences: Floats64) -> float:
    """How many rows really count, of those that have ``influences`` (rows,); endless where none has any."""
    # Ten rows of influence 1 and any number of 0 give 10^2 / 10 = 10; one of 3 and nine of 1 give 18^2 / 90 = 3.6.
    squares = influences * influences
    second, fourth = float(squares.sum()), float(squares @ squares)
    return second**2 / fourth if fourth > 0 else math.inf


def rows_or_units(classes: Labels, at: Ints, units: Units | None, count: int) -> Ints:
    """(count,) how many of the rows ``at`` (pairs,), or units of them, each of the ``classes`` (pairs,) has."""
    if units is None:
        return np.bincount(classes, minlength=count)
    pairs = np.unique(classes.astype(np.int64) * units.count + units.of[at])
    return np.bincount(pairs // units.count, minlength=count)


def effective_rows(deviations: Floats64, units: Units, parts: Ints, count: int, level: float) -> Floats64:
    """(count,) how many rows that stand alone tell as much of each part's mean as those of it in their units.

    ``deviations`` (rows,) lie around the mean of the part that each row is in (``parts`` (rows,), from 0).  The rows
    over the design effect, which is the variance by units over that by rows (Kish 1965, "Survey Sampling", section
    8.2), and fewer still where it is estimated from few units (Korn & Graubard 1998, "Confidence intervals for
    proportions with small expected number of positive counts estimated from survey data").
    """
    # Four rows of deviations 1 1 -1 -1 have squares of 4; in units of two equal rows the sums 2 -2 have squares of 8,
    # times 2 / (2 - 1) for their mean: an effect of 4, so four rows tell no more than one.
    pairs, at = np.unique(parts * units.count + units.of, return_inverse=True)
    owner, sums, members = pairs // units.count, np.bincount(at, weights=deviations), np.bincount(at).astype(np.float64)
    rows = np.bincount(parts, minlength=count).astype(np.float64)
    alone = np.bincount(parts, weights=deviations**2, minlength=count)
    together = np.bincount(owner, weights=sums**2, minlength=count)
    size = _over(np.bincount(owner, weights=members**2, minlength=count), rows)
    equal = _over(rows, size)
    effect = np.where(alone > 0, _over(together * _over(equal, equal - 1), alone), size)
    return np.asarray(rows / np.maximum(effect, 1.0) * _known(equal, level))


def _over(top: npt.NDArray[Any], bottom: npt.NDArray[Any]) -> Floats64:
    """``top / bottom``, 1 where that has no end."""
    return np.asarray(np.divide(top, bottom, out=np.ones(len(top)), where=bottom > 0))


def _known(units: Floats64, level: float) -> Floats64:
    """What an effect that is estimated from so many units leaves of the rows: (z / t)^2."""
    from scipy.special import stdtrit

    return np.asarray((quantile(level) / stdtrit(np.maximum(units - 1, 1.0), 0.5 + level / 2)) ** 2)
