"""The rules of hash and group: a unit's side follows from its hash and a salt, and nothing else.

The units are rows with their near-duplicates (hash rule) or the groups that a column names (group rule).
"""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Bools, Floats64, Hashes
from ratchet.data.rowhash import hash_of
from ratchet.data.split.sides import EXCLUDED, HOLDOUT, TRAIN, TUNE, Sides
from ratchet.hashing import mixed


def uniform(units: Hashes, seed: int, draw: int) -> Floats64:
    """A number from 0 to 1 for each unit, by its hash and the salt."""
    salt = np.uint64(hash_of(f"split {seed} {draw}".encode()))
    # A float holds 53 bits exactly, so of the 64 the upper 53 are kept and read as a fraction of 2**53.
    return (mixed(units ^ salt) >> np.uint64(11)) / np.float64(2**53)


def side_by_hash(place: Floats64, *, holdout: float, tune: float) -> Sides:
    """The side of each row (rows,) by its number from 0 to 1: first the holdout, then tune, the rest train."""
    return np.where(place < holdout, HOLDOUT, np.where(place < holdout + tune, TUNE, TRAIN)).astype(np.uint8)


def inherited(units: Hashes, sides: Sides, old: Bools, *, keep_excluded: bool) -> Sides:
    """Sides in which new rows of a unit that is there already take its side.

    ``old`` says which rows are there already; an excluded row passes its side on only if ``keep_excluded``.
    """
    # Units [7, 9, 7, 5] with the first two old and on sides [HOLDOUT, TRAIN]: known units [7, 9] first stand at places
    # [0, 1], so the third row takes the side at place 0, HOLDOUT; the fourth, of an unknown unit, keeps its own.
    from_rows = old if keep_excluded else old & (sides != EXCLUDED)
    known, first = np.unique(units[from_rows], return_index=True)
    if not len(known):
        return sides
    place = np.minimum(np.searchsorted(known, units), len(known) - 1)
    inherits = ~old & (known[place] == units)
    return np.where(inherits, sides[from_rows][first][place], sides)
