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

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Bools, Floats64, Hashes, Ints, Ints32
from ratchet.data.rowhash import hash_of, mixed
from ratchet.data.split.rare_classes import lend_rare
from ratchet.errors import DataError
from ratchet.kinds.kind import Kind
from ratchet.spec import Spec

SIDES = ("train", "tune", "holdout", "excluded")
TRAIN, TUNE, HOLDOUT, EXCLUDED = range(4)
Sides = npt.NDArray[np.uint8]
Rule = Literal["hash", "group", "time", "column"]

WORDS = {
    **dict.fromkeys(("train", "training", "tr"), TRAIN),
    **dict.fromkeys(("tune", "validation", "valid", "val", "dev", "development"), TUNE),
    **dict.fromkeys(("holdout", "test", "testing", "te"), HOLDOUT),
}
"""What a split column may say, whatever the case of its letters."""
NO_TIME = np.iinfo(np.int64).min
_NO_WORD = 255
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """The rule by which rows get their side, frozen with the first version of a dataset.

    ``generation`` counts holdouts: a new one has a new salt.  ``cut`` and ``tune_cut`` are the moments from which rows
    are held out and tuned on (time rule); ``tune_from_train`` says that a split column names no rows to tune on, so
    that some are taken from train by hash.
    """

    rule: Rule
    column: str | None
    holdout: float
    tune: float
    seed: int
    near_duplicates: bool
    generation: int = 0
    cut: datetime | None = None
    tune_cut: datetime | None = None
    tune_from_train: bool = False

    @property
    def id(self) -> str:
        """What names the holdout: everything that its rows depend on.

        >>> Split(rule="hash", column=None, holdout=0.2, tune=0.1, seed=0, near_duplicates=True).id
        'hash.s0.g0.h0.2.t0.1'
        """
        column = "" if self.column is None else f".c{hash_of(self.column.encode()) & 0xFFFFFFFF:08x}"
        cut = "" if self.cut is None else f".{self.cut.astimezone(UTC):%Y%m%dT%H%M%S}"
        kept = "" if self.near_duplicates else ".near"
        return f"{self.rule}{column}.s{self.seed}.g{self.generation}.h{self.holdout:g}.t{self.tune:g}{cut}{kept}"

    def follows(self, spec: Spec) -> bool:
        """Whether the rule is still what a spec asks for."""
        asked = _asked(spec)
        return asked == replace(self, generation=0, cut=None, tune_cut=None, tune_from_train=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """What the side of a row depends on, each (rows,).

    ``ids`` the hashes of the features; ``labels`` class indices; ``groups`` hashes of the group column; ``times``
    microseconds since 1970, `NO_TIME` where missing; ``words`` the sides that a split column names.
    """

    ids: Hashes
    labels: Ints32
    groups: Hashes | None = None
    times: Ints | None = None
    words: Sides | None = None

    def __len__(self) -> int:
        return len(self.ids)


def planned(spec: Spec, rows: Rows, *, generation: int = 0) -> Split:
    """The rule for a dataset that begins with these rows.

    Raises `DataError` where a split column names no holdout or no training rows, or a time column has one moment only.
    """
    split = replace(_asked(spec), generation=generation)
    if split.rule == "time":
        assert rows.times is not None
        return _with_cuts(split, rows.times)
    if split.rule == "column":
        assert rows.words is not None
        present = set(np.unique(rows.words).tolist())
        for side, word in ((TRAIN, "train"), (HOLDOUT, "test")):
            if side not in present:
                raise DataError(
                    f"the split column '{split.column}' has no {word} rows",
                    todo=f"add rows that say '{word}', or ignore the column, so that rows are split by hash",
                )
        return replace(split, tune_from_train=TUNE not in present)
    return split


def assigned(split: Split, rows: Rows, known: Sides, *, alike: Ints | None = None) -> Sides:
    """The side of every row, as indices into `SIDES`.

    ``known`` (fewer rows) are the sides of the first rows, which keep them; the others are new.  ``alike`` numbers the
    groups of near-duplicates among all rows, if they are to be kept apart.
    """
    old = np.zeros(len(rows), dtype=bool)
    old[: len(known)] = True
    sides = _meant(split, rows)
    sides[: len(known)] = known
    if split.rule in {"hash", "group"}:
        units = rows.ids if split.rule == "hash" or rows.groups is None else rows.groups
        sides = _inherited(units, sides, old, keep_excluded=split.rule == "hash")
        settled = old | np.isin(units, units[old])
        order = _uniform(units, split.seed, split.generation)
        sides = lend_rare(units, rows.labels, sides, settled, order, shares=(split.holdout, split.tune))
    sides = _apart(rows.ids, sides, old, levels=(TRAIN, TUNE, HOLDOUT))
    if alike is not None:
        sides = _apart(alike, sides, old, levels=(TRAIN, TRAIN, HOLDOUT))
    return sides


def side_words(values: list[str | None], column: str) -> dict[str, int]:
    """The side that each distinct value of a split column means; raises `DataError` that lists unknown ones."""
    found = {value: WORDS.get(value.strip().casefold()) for value in values if value is not None}
    unknown = sorted(value for value, side in found.items() if side is None)
    if unknown:
        raise DataError(
            f"the split column '{column}' says {', '.join(repr(value) for value in unknown[:5])}",
            todo="let it say train, validation or test, or give the column another kind in the spec",
        )
    return {value: side for value, side in found.items() if side is not None}


def _asked(spec: Spec) -> Split:
    rules: dict[Kind, Rule] = {Kind.SPLIT: "column", Kind.GROUP: "group", Kind.TIME: "time"}
    column: str | None = None
    rule: Rule = "hash"
    for kind, each in reversed(rules.items()):
        if (name := spec.of_kind(kind)) is not None:
            column, rule = name, each
    return Split(
        rule=rule,
        column=column,
        holdout=spec.split.holdout,
        tune=spec.split.tune,
        seed=spec.split.seed,
        near_duplicates=spec.split.near_duplicates,
    )


def _uniform(units: Hashes, seed: int, generation: int) -> Floats64:
    """A number from 0 to 1 for each unit, by its hash and the salt."""
    salt = np.uint64(hash_of(f"split {seed} {generation}".encode()))
    return (mixed(units ^ salt) >> np.uint64(11)) / np.float64(2**53)


def _meant(split: Split, rows: Rows) -> Sides:
    """The side that the rule alone gives each row."""
    units = rows.groups if split.rule == "group" and rows.groups is not None else rows.ids
    place = _uniform(units, split.seed, split.generation)
    if split.rule == "time":
        assert rows.times is not None
        bounds = [_micros(split.tune_cut), _micros(split.cut)]
        sides = np.searchsorted(bounds, rows.times, side="right").astype(np.uint8)
        return np.where(rows.times == NO_TIME, np.uint8(EXCLUDED), sides)
    if split.rule == "column":
        assert rows.words is not None
        taken = (rows.words == TRAIN) & (place < split.tune) & split.tune_from_train
        return np.where(taken, np.uint8(TUNE), rows.words)
    held, tuned = place < split.holdout, place < split.holdout + split.tune
    return np.where(held, HOLDOUT, np.where(tuned, TUNE, TRAIN)).astype(np.uint8)


def _inherited(units: Hashes, sides: Sides, old: Bools, *, keep_excluded: bool) -> Sides:
    """New rows of a unit that is there already take its side."""
    from_rows = old if keep_excluded else old & (sides != EXCLUDED)
    known, first = np.unique(units[from_rows], return_index=True)
    if not len(known):
        return sides
    place = np.minimum(np.searchsorted(known, units), len(known) - 1)
    inherits = ~old & (known[place] == units)
    return np.where(inherits, sides[from_rows][first][place], sides)


def _apart(keys: npt.NDArray[np.generic], sides: Sides, old: Bools, *, levels: tuple[int, ...]) -> Sides:
    """Sides such that no new row shares a key with a row of another level; the newcomer is excluded.

    Among old rows a key may have several levels (two rows became alike only through a third): then every new row of
    it is excluded.  Among new rows the strongest level stays.
    """
    level = np.array([*levels, EXCLUDED])[sides]
    counted = level != EXCLUDED
    _, unit = np.unique(keys, return_inverse=True)
    count = int(unit.max()) + 1 if len(unit) else 0
    strongest, weakest = np.full(count, -1), np.full(count, EXCLUDED)
    np.maximum.at(strongest, unit[counted & old], level[counted & old])
    np.minimum.at(weakest, unit[counted & old], level[counted & old])
    mixed_old = (strongest > weakest) & (strongest >= 0)
    fresh = (strongest < 0)[unit] & counted
    np.maximum.at(strongest, unit[fresh], level[fresh])
    out = ~old & counted & (mixed_old[unit] | (level != strongest[unit]))
    return np.where(out, np.uint8(EXCLUDED), sides)


def _with_cuts(split: Split, times: Ints) -> Split:
    there = np.sort(times[times != NO_TIME])
    if not len(there) or there[0] == there[-1]:
        raise DataError(
            f"the time column '{split.column}' has fewer than two different moments",
            todo="give the column another kind, so that rows are split by hash",
        )
    cut = _cut(there, split.holdout)
    before = there[there < cut]
    tune_cut = _cut(before, split.tune / (1 - split.holdout)) if before[0] != before[-1] else cut
    return replace(split, cut=_moment(cut), tune_cut=_moment(tune_cut))


def _cut(times: Ints, share: float) -> int:
    """The moment from which about this share of the sorted times lies, after the first of them."""
    if share == 0:
        return int(times[-1]) + 1
    moments, first = np.unique(times, return_index=True)
    shares = 1 - first[1:] / len(times)
    return int(moments[1:][np.argmin(np.abs(shares - share))])


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def _micros(moment: datetime | None) -> int:
    assert moment is not None
    return (moment - _EPOCH) // timedelta(microseconds=1)
