"""Which rows are trained on, which are tuned on, and which are held out: decided once for each row, and frozen.

The rule is the table's own ``split`` column where it has one; else whole groups (``group``); else the newest rows
(``time``); else a hash of the row's features.  In every case:

- a row that is already in the dataset keeps its side, and a row with equal features gets the same one;
- rows that would carry the holdout into training are ``excluded``: a row equal to one on a stronger side (holdout
  before tune before train), and a near-duplicate of a holdout row.  Where the other row is older it is the newcomer
  that is excluded, whichever side it was meant for;
- under the hash and group rules, a class whose share came out at less than half of what was asked lends its rows with
  the smallest hashes, so that rare classes are held out (and trained on) too.  This looks at new rows only.

Everything here is a pure function of arrays.
"""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Ints
from ratchet.data.split.hash import inherited, side_by_hash, uniform
from ratchet.data.split.rare_classes import lend_rare
from ratchet.data.split.rows import SplitRows
from ratchet.data.split.rule import SplitRule
from ratchet.data.split.separation import separated
from ratchet.data.split.sides import HOLDOUT, TRAIN, TUNE, Sides
from ratchet.data.split.time import side_by_time


def assigned(split: SplitRule, rows: SplitRows, known: Sides, *, alike: Ints | None = None) -> Sides:
    """The side of every row, as indices into `SIDES`.

    ``known`` (fewer rows) are the sides of the first rows, which keep them; the others are new.  ``alike`` numbers the
    groups of near-duplicates among all rows, if they are to be kept on one side.
    """
    old = np.zeros(len(rows), dtype=bool)
    old[: len(known)] = True
    sides = _by_rule(split, rows)
    sides[: len(known)] = known
    if split.rule in {"hash", "group"}:
        units = rows.ids if split.rule == "hash" or rows.groups is None else rows.groups
        sides = inherited(units, sides, old, keep_excluded=split.rule == "hash")
        settled = old | np.isin(units, units[old])
        order = uniform(units, split.seed, split.generation)
        sides = lend_rare(units, rows.labels, sides, settled, order, shares=(split.holdout, split.tune))
    sides = separated(rows.ids, sides, old, levels=(TRAIN, TUNE, HOLDOUT))
    if alike is not None:  # near-duplicates may be on both sides of train and tune, which are one level here
        sides = separated(alike, sides, old, levels=(TRAIN, TRAIN, HOLDOUT))
    return sides


def _by_rule(split: SplitRule, rows: SplitRows) -> Sides:
    """The side that the rule alone gives each row."""
    if split.rule == "time":
        assert rows.times is not None
        assert split.tune_cut is not None
        assert split.cut is not None
        return side_by_time(rows.times, split.tune_cut, split.cut)
    units = rows.groups if split.rule == "group" and rows.groups is not None else rows.ids
    place = uniform(units, split.seed, split.generation)
    if split.rule == "column":
        assert rows.named is not None
        taken = (rows.named == TRAIN) & (place < split.tune) & split.tune_from_train
        return np.where(taken, np.uint8(TUNE), rows.named)
    return side_by_hash(place, holdout=split.holdout, tune=split.tune)
