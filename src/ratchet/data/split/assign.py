"""Which rows are trained on, which are tuned on, and which are held out: decided once for each row, and kept.

The rule is the table's own ``split`` column where it has one; else whole groups (``group``); else the newest rows
(``time``); else a hash of the unit: the row with all its near-duplicates.  In every case:

- a row that is already in the dataset keeps its side, and a row with equal features gets the same one.  Only under the
  time rule rows move, and only towards training: as newer ones come, the oldest that were held out are learned from;
- a unit is on one side as a whole.  A row that would carry the holdout into training is ``excluded``: one equal to a
  row on a stronger side (holdout before tune before train), or nearly equal to a holdout row.  Where the other row is
  older it is the newcomer that is excluded, whichever side it was meant for;
- a row that somebody chose is never held out: mistakes are chosen more often, and a holdout of them is no sample;
- under the hash and group rules, a class whose share came out at less than half of what was asked lends its units with
  the smallest hashes, so that rare classes are held out (and trained on) too.  This looks at new rows only.

Everything here is a pure function of arrays.
"""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Bools, Floats64
from ratchet.data.split.hash import inherited, side_by_hash, uniform
from ratchet.data.split.rare_classes import lend_rare
from ratchet.data.split.rows import SplitRows
from ratchet.data.split.rule import SplitRule
from ratchet.data.split.separation import separated
from ratchet.data.split.sides import EXCLUDED, HOLDOUT, TRAIN, TUNE, Sides
from ratchet.data.split.time import side_by_time

_LARGE = 0.2
"""The share of the holdout asked for that a unit of near-duplicates may be; a larger one is trained on whole."""
_NEVER_LARGE = 5
_MOST_SHARE = 0.5


def assigned(split: SplitRule, rows: SplitRows, known: Sides, *, again: bool = False) -> Sides:
    """The side of every row, as indices into `SIDES`.

    ``known`` (fewer rows) are the sides of the first rows, which keep them; the others are new.  ``again`` gives known
    rows that are excluded another chance to be learned from, where rows like them are held out no more.

    A template that a fifth of the holdout would consist of is trained on whole: held out, it would be asked over and
    over as if it were many questions, and all that is known of it would be known of one.
    """
    old = np.zeros(len(rows), dtype=bool)
    old[: len(known)] = (known != EXCLUDED) | (not again)
    sides = _by_rule(split, rows)
    returning = ~old & (np.arange(len(rows)) < len(known))
    sides[returning & (sides == HOLDOUT)] = TRAIN
    was = np.append(known, np.zeros(len(rows) - len(known), dtype=np.uint8))
    moved = (sides < was) if split.rule == "time" else np.zeros(len(rows), dtype=bool)
    sides = np.where(old & ~(moved & (was != EXCLUDED)), was, sides)
    sides = _whole(split, rows, sides, old) if split.rule in {"hash", "group"} else _learned(rows, sides, old)
    sides = separated(rows.ids, sides, old, levels=(TRAIN, TUNE, HOLDOUT))
    # Near-duplicates may be on both sides of train and tune, which are one level here.
    return separated(rows.alike, sides, old, levels=(TRAIN, TRAIN, HOLDOUT))


def parted_anew(rows: SplitRows, known: Sides) -> Sides:
    """The sides of rows that were told apart in another way before: kept where no unit crosses the holdout.

    Where one does, its held-out rows stay and its others are excluded.  Rows to tune on that have become equal to rows
    to train on are trained on.
    """
    new = np.zeros(len(rows), dtype=bool)
    sides = known.copy()
    for keys in (rows.ids, rows.alike):
        sides = separated(keys, sides, new, levels=(TRAIN, TRAIN, HOLDOUT))
    sides[(sides == TUNE) & np.isin(rows.ids, rows.ids[sides == TRAIN])] = TRAIN
    return sides


def retired(split: SplitRule, rows: SplitRows, sides: Sides, leaving: Bools) -> Sides:
    """Sides in which rows leave the holdout: for training, or by their place under the rule for tuning."""
    place = uniform(rows.units, split.seed, split.draw)
    if split.rule in {"hash", "group"}:  # the places of the holdout, 0 to its share, spread over 0 to 1
        place = place / max(split.holdout, 1e-9)
    tunes = split.rule in {"hash", "group"} or split.tune_from_train
    to = np.where((place < split.tune / (1 - split.holdout)) & tunes, TUNE, TRAIN).astype(np.uint8)
    return np.where(leaving & (sides == HOLDOUT), to, sides)


def _by_rule(split: SplitRule, rows: SplitRows) -> Sides:
    """The side that the rule alone gives each row."""
    if split.rule == "time":
        assert rows.times is not None
        assert split.tune_cut is not None
        assert split.cut is not None
        return side_by_time(rows.times, split.tune_cut, split.cut)
    place = uniform(rows.ids if split.rule == "column" else rows.units, split.seed, split.draw)
    if split.rule == "column":
        assert rows.named is not None
        taken = (rows.named == TRAIN) & (place < split.tune) & split.tune_from_train
        return np.where(taken, np.uint8(TUNE), rows.named)
    return _by_place(split, rows, place)


def _by_place(split: SplitRule, rows: SplitRows, place: Floats64) -> Sides:
    """The side of each unit by its number from 0 to 1; large ones are trained on, and the others fill the holdout."""
    # Of 1,000 rows 200 are to be held out, and units of more than 40 rows are large.  If 100 rows are in such units,
    # the other 900 are held out with probability 200 / 900.
    large = _large(split, rows)
    share = min(_MOST_SHARE, split.holdout * len(rows) / max(1, int((~large).sum()))) if large.any() else split.holdout
    sides = side_by_hash(place, holdout=max(share, split.holdout), tune=split.tune)
    return np.where(large, np.uint8(TRAIN), sides)


def _large(split: SplitRule, rows: SplitRows) -> Bools:
    """Which rows are in a unit too large to be held out; none where most rows are."""
    none = np.zeros(len(rows), dtype=bool)
    if split.rule == "group":
        return none
    _, unit, count = np.unique(rows.alike, return_inverse=True, return_counts=True)
    large: Bools = (count > max(_NEVER_LARGE, _LARGE * split.holdout * len(rows)))[unit]
    return large if large.mean() < _MOST_SHARE else none


def _whole(split: SplitRule, rows: SplitRows, sides: Sides, old: Bools) -> Sides:
    """Sides in which new rows join the unit that is there, and rare classes have lent units to the holdout."""
    units = rows.units
    sides = inherited(units, sides, old, keep_excluded=False)
    if split.rule == "hash":
        sides = inherited(rows.ids, sides, old, keep_excluded=True)
    settled = old | np.isin(units, units[old])
    trained = rows.chosen & ~settled  # and so is all of its unit
    if trained.any():
        trained &= ~np.isin(units, units[~rows.chosen])
    sides[trained & (sides == HOLDOUT)] = TRAIN
    order = uniform(units, split.seed, split.draw)
    fixed = settled | trained | _large(split, rows)
    sides = lend_rare(units, rows.labels, sides, fixed, order, shares=(split.holdout, split.tune))
    sides[~old & rows.chosen & (sides == HOLDOUT)] = EXCLUDED
    return sides


def _learned(rows: SplitRows, sides: Sides, old: Bools) -> Sides:
    """Sides in which no new row that was chosen is held out."""
    return np.where(~old & rows.chosen & (sides == HOLDOUT), np.uint8(TRAIN), sides)
