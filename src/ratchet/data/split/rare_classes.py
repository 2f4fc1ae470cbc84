"""Rare classes: seen to it that each is held out, tuned on and trained on as far as its rows reach."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Bools, Floats64, Hashes, Ints32
from ratchet.data.split.sides import HOLDOUT, TRAIN, TUNE, Sides
from ratchet.hashing import mixed

_FEWEST_TO_TUNE = 5
"""A class with fewer units gives none to tune on: training needs them more."""


def lend_rare(
    units: Hashes, labels: Ints32, sides: Sides, settled: Bools, order: Floats64, *, shares: tuple[float, float]
) -> Sides:
    """Sides in which a class of two units or more has at least one in training and half its share in the holdout.

    ``units`` are what moves as a whole (equal rows, groups), ``order`` a number for each by which the first to move
    are chosen, ``settled`` those that must stay, ``shares`` those asked for holdout and tune.  A class is looked at
    after the rarer ones.
    """
    # One row stands for each pair of unit and class: units [7, 7, 9, 7] labelled [0, 0, 0, 1] give the pairs (7, 0),
    # (9, 0) and (7, 1).  Sorted by class, then by order, class c's are those from starts[c] to ends[c].
    of_class = mixed(units ^ mixed(labels.astype(np.uint64) + np.uint64(1)))
    pair = np.unique(of_class, return_index=True)[1]
    pair = pair[np.lexsort((units[pair], order[pair], labels[pair]))]
    _, starts = np.unique(labels[pair], return_index=True)
    ends = np.append(starts[1:], len(pair))
    sides = sides.copy()
    for place in np.argsort(ends - starts, kind="stable"):
        rows = pair[starts[place] : ends[place]]
        lent = _lent(sides[rows], ~settled[rows], shares)
        for row, side in lent.items():
            sides[units == units[rows[row]]] = side
    return sides


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
