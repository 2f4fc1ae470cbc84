"""Rare classes: seen to it that each is held out, tuned on and trained on as far as its rows reach."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Bools, Floats64, Hashes, Ints, Ints32
from ratchet.data.near.components import distinct
from ratchet.data.split.sides import HOLDOUT, TRAIN, TUNE, Sides

_FEWEST_TO_TUNE = 5
"""A class with fewer units gives none to tune on: training needs them more."""
_OVER = 0.1
"""The share of the holdout asked for by which lending may make it larger."""


def lend_rare(
    units: Hashes, labels: Ints32, sides: Sides, settled: Bools, order: Floats64, *, shares: tuple[float, float]
) -> Sides:
    """Sides in which a class of two units or more has at least one in training and half its share in the holdout.

    ``units`` are what moves as a whole, ``order`` a number for each by which the first to move are chosen, ``settled``
    those that must stay, ``shares`` those asked for holdout and tune.  A class is looked at after the rarer ones.
    Classes that are held out beyond their share give units back, so that the holdout stays as large as asked: where
    nearly all classes are too rare for that, it grows by a tenth at most and some classes are not in it.
    """
    if not len(units):
        return sides
    _, first, unit = np.unique(units, return_index=True, return_inverse=True)
    lending = _Lending(unit, labels, sides, ~settled[first], order[first], shares)
    lending.lend()
    lending.give_back()
    return np.where((lending.sides != lending.began)[unit], lending.sides[unit], sides)


class _Lending:
    """Units on their way from class to class; ``sides`` (units,) is where each is now."""

    def __init__(
        self, unit: Ints, labels: Ints32, sides: Sides, free: Bools, order: Floats64, shares: tuple[float, float]
    ) -> None:
        count = len(free)
        self.sides: Sides = np.zeros(count, dtype=np.uint8)
        self.sides[unit] = sides
        self.began = self.sides.copy()
        self.free, self.shares = free, shares
        self.rows = np.bincount(unit, minlength=count)
        # One number stands for each pair of class and unit: units [7, 7, 9, 7] labelled [0, 0, 0, 1], numbered
        # [0, 0, 1, 0], give the pairs (0, 0), (0, 1) and (1, 0).  Sorted by class, then by order, class c's units are
        # those from starts[c] to ends[c].
        pairs = distinct(labels.astype(np.int64) * count + unit)
        self.label, self.unit = pairs // count, pairs % count
        by_order = np.lexsort((self.unit, order[self.unit], self.label))
        self.unit = self.unit[by_order]
        self.starts = np.unique(self.label, return_index=True)[1]
        self.ends = np.append(self.starts[1:], len(pairs))
        self.asked = shares[0] * len(unit)
        self.lent: set[int] = set()

    def lend(self) -> None:
        """Lets each class lend units to the holdout, to tune and to training, the rarest first."""
        held = float(self.rows[self.sides == HOLDOUT].sum())
        left = (1 + _OVER) * self.asked + 1 - held + sum(self._beyond(place) for place in range(len(self.starts)))
        for place in np.argsort(self.ends - self.starts, kind="stable"):
            mine = self._of(place)
            for each, side in _lent(self.sides[mine], self.free[mine], self.shares).items():
                one = int(mine[each])
                if side == HOLDOUT:
                    if self.rows[one] > left:
                        continue
                    left -= float(self.rows[one])
                    self.lent.add(one)
                self.sides[one] = side

    def give_back(self) -> None:
        """Lets classes with more than their share in the holdout train on as many rows as others have lent."""
        owed = sum(int(self.rows[each]) for each in self.lent)
        over = float(self.rows[self.sides == HOLDOUT].sum()) - self.asked
        for place in np.argsort(self.starts - self.ends, kind="stable"):
            beyond = self._beyond(place)
            mine = self._of(place)
            for one in mine[self.free[mine] & (self.sides[mine] == HOLDOUT)][::-1].tolist():
                size = int(self.rows[one])
                if one in self.lent or size > min(beyond, owed, over):
                    continue
                beyond, owed, over = beyond - size, owed - size, over - size
                self.sides[one] = TRAIN

    def _of(self, place: int) -> Ints:
        """The units of a class, in order."""
        return self.unit[self.starts[place] : self.ends[place]]

    def _beyond(self, place: int) -> float:
        """The rows of units by which a class is held out beyond its share, of which one unit is due in any case."""
        mine = self._of(place)
        held = mine[self.sides[mine] == HOLDOUT]
        if not len(held):
            return 0.0
        sizes = self.rows[mine]
        due = max(float(self.rows[held].min()), float(np.ceil(self.shares[0] * sizes.sum())))
        return max(0.0, float(self.rows[held].sum()) - due)


def _lent(sides: Sides, free: Bools, shares: tuple[float, float]) -> dict[int, int]:
    """Which units of one class, in order, go to which side."""
    # Ten free units, all in training, with shares (.2, .1): half of two is one, so the first goes to the holdout; half
    # of one is still one at least, so of the nine others the second goes to tune.
    count = len(sides)
    now = sides.copy()
    if count > 1:  # a single unit is best trained on
        wanted = max(1, int(shares[0] * count / 2)) if shares[0] > 0 else 0
        lenders = np.flatnonzero(free & (now != HOLDOUT))
        now[lenders[: max(0, wanted - int((now == HOLDOUT).sum()))]] = HOLDOUT
    if count >= _FEWEST_TO_TUNE:
        wanted = max(1, int(shares[1] * count / 2)) if shares[1] > 0 else 0
        lenders = np.flatnonzero(free & (now == TRAIN))[1:]
        now[lenders[: max(0, wanted - int((now == TUNE).sum()))]] = TUNE
    if not (now == TRAIN).any() and free.any():
        now[np.flatnonzero(free)[-1]] = TRAIN
    return {int(place): int(now[place]) for place in np.flatnonzero(now != sides)}
