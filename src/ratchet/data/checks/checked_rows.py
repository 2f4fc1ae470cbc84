"""What every check works from: the rows, and what several checks would otherwise compute anew."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from ratchet.arrays import Bools, Ints
from ratchet.data.checks.serial import seriality
from ratchet.data.checks.single_column import SingleColumnScore, score_column
from ratchet.data.findings import MOST_ROWS
from ratchet.data.near.components import equal_rows, numbered
from ratchet.data.near.duplicates import near_duplicate_groups
from ratchet.data.schema import Schema
from ratchet.data.split.column import SIDE_OF_WORD
from ratchet.data.split.sides import HOLDOUT
from ratchet.kinds.kind import MEDIA, Kind
from ratchet.spec import Spec
from ratchet.words import count_of, listed, number, short

SAMPLE = 50_000
SAMPLE_BYTES = 25_000_000
GIVES_AWAY = 0.99
SUSPECT = 0.92
"""The shares of the largest class's errors that a column must take away to give the label away, and to be suspected."""
MOST_CLASSES = 200
"""With more classes than this, columns are not asked what they give away."""
SPELLED = 0.8
"""The share, of the rows whose text would not contain their label by chance, from which a column spells it out."""
_RARE = 200
_COLUMNS = 8
"""Of a row so many columns are shown, and how many more there are."""
_SEED = 0


@dataclass(frozen=True, kw_only=True)
class CheckedRows:
    """A frame as `ratchet.data.conform` types it, with its schema; a ``_side`` column is used if there.

    The first ``known`` rows were there before: the others are held against them.
    """

    frame: pl.DataFrame
    schema: Schema
    spec: Spec | None = None
    known: int = 0

    def __len__(self) -> int:
        return self.frame.height

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The labels found, sorted."""
        return tuple(sorted(self.frame.get_column(self.schema.label).drop_nulls().unique().to_list()))

    @cached_property
    def labels(self) -> Ints:
        """The place of each row's label in ``classes`` (rows,)."""
        # An Enum numbers its values in the order it is given: of classes (a, b) the labels [b, a, b] are [1, 0, 1].
        codes = self.frame.get_column(self.schema.label).cast(pl.Enum(list(self.classes))).to_physical()
        return codes.cast(pl.Int64).to_numpy()

    @cached_property
    def counts(self) -> Ints:
        """How many rows each class has."""
        return np.bincount(self.labels, minlength=len(self.classes))

    @cached_property
    def equal_groups(self) -> Ints:
        """The group of rows with equal features each row belongs to (rows,)."""
        return numbered(equal_rows(self.frame, list(self.schema.features)))

    @cached_property
    def near_groups(self) -> Ints:
        """The group of near-duplicates each row belongs to (rows,)."""
        return near_duplicate_groups(self.frame, self.schema)

    @cached_property
    def held_out(self) -> Bools | None:
        """Which rows are held out, by ``_side`` or else by the table's own split column; None where neither is."""
        split = next((name for name, kind in self.schema.columns.items() if kind is Kind.SPLIT), None)
        if "_side" in self.frame.columns:
            return (self.frame.get_column("_side") == "holdout").to_numpy()
        if split is None:
            return None
        words = self.frame.get_column(split).str.to_lowercase()
        return words.is_in([word for word, side in SIDE_OF_WORD.items() if side == HOLDOUT]).fill_null(False).to_numpy()

    @cached_property
    def excluded(self) -> Bools:
        """Which rows the split has set aside (rows,)."""
        if "_side" not in self.frame.columns:
            return np.zeros(len(self), dtype=bool)
        return (self.frame.get_column("_side") == "excluded").to_numpy()

    @cached_property
    def sample(self) -> Ints:
        """Places of at most about `SAMPLE` rows (fewer where texts are long), in order, rare classes whole."""
        size = min(SAMPLE, int(len(self) * min(1.0, SAMPLE_BYTES / max(1, self._text_bytes))))
        if size >= len(self):
            return np.arange(len(self))
        # Rows by lot, and of the classes with at most 200 rows all of them: one with 3 rows in 10**6 would hardly be
        # drawn into 50,000.
        order = np.random.default_rng(_SEED).permutation(len(self))
        rare = np.flatnonzero((self.counts <= _RARE)[self.labels])
        return np.union1d(np.sort(order[:size]), rare[: SAMPLE // 2])

    def joined(self, frame: pl.DataFrame, names: Sequence[str]) -> pl.Series:
        """Some text columns of some rows as one text each."""
        return frame.select(pl.concat_str(names, separator="\n", ignore_nulls=True).alias("text")).to_series()

    def named(self, *kinds: Kind) -> list[str]:
        """The feature columns of some kinds."""
        wanted: Collection[Kind] = kinds
        return [name for name, kind in self.schema.features.items() if kind in wanted]

    @cached_property
    def readable(self) -> list[str]:
        """The columns that a person would know a row by: its texts or, without any, all but pictures and sound."""
        features = self.schema.features
        return self.named(Kind.TEXT) or [name for name in features if features[name] not in MEDIA]

    def in_words(self, place: int) -> str:
        """The values of a row that a person would know it by."""
        values = (self.frame.get_column(name)[place] for name in self.readable)
        return ", ".join(number(each) if isinstance(each, float) else str(each or "empty") for each in values)

    def told(self, place: int) -> str:
        """What tells a row from others: its texts, or else its features, those that fewest rows share first."""
        if self.named(Kind.TEXT):
            return _and_more([_value(self.frame.get_column(name)[place], 60) for name in self.readable])
        return _and_more([self._cell(name, place) for name in self._telling(place)])

    def differing(self, one: int, other: int) -> str:
        """In which columns two rows differ, each with both values."""
        pairs = [
            (name, *(_exactly(self.frame.get_column(name)[each]) for each in (one, other))) for name in self.readable
        ]
        return _and_more([f"{name} {mine} ~ {theirs}" for name, mine, theirs in pairs if mine != theirs])

    def _cell(self, name: str, place: int) -> str:
        return f"{name} = {_value(self.frame.get_column(name)[place])}"

    def _telling(self, place: int) -> list[str]:
        """The columns in which a row differs from others, those whose value fewest rows share first."""
        cells = [pl.col(name).eq_missing(pl.col(name).get(place)).sum() for name in self.readable]
        shared = dict(zip(self.readable, self.frame.select(cells).row(0), strict=True)) if cells else {}
        return sorted((name for name in shared if shared[name] < len(self)), key=lambda name: shared[name])

    @cached_property
    def leaking(self) -> tuple[str, ...]:
        """The columns that alone (nearly) give the label or spell it out: what is found without them is of more use."""
        return (*(name for name, score in self.single_columns.items() if score.explained >= SUSPECT), *self.spelled)

    @cached_property
    def serial(self) -> tuple[str | None, float] | None:
        """By which date or time column, or by the order of the rows (None), labels are serial, and how much; or None.

        A column goes before the order of the rows; the order says nothing where rows are of groups.
        """
        kinds = self.schema.columns
        found = [
            (seriality(self.labels, self.frame.get_column(name)), name)
            for name, kind in kinds.items()
            if kind in {Kind.DATE, Kind.TIME}
        ]
        strength, column = max(found, key=lambda each: each[0], default=(0.0, ""))
        if strength:
            return column, strength
        if Kind.TIME in kinds.values() or Kind.GROUP in kinds.values():
            return None
        strength = seriality(self.labels, None)
        return (None, strength) if strength else None

    @cached_property
    def spelled(self) -> dict[str, float]:
        """The texts and categories that contain their label beyond chance, with the share of sampled rows that do."""
        label = self.schema.label
        sample = self.frame[self.sample]
        shuffled = sample.with_columns(pl.col(label).shuffle(seed=_SEED))
        spelled = {}
        for name in self.named(Kind.TEXT, Kind.CATEGORY):
            found, by_chance = _spelled(sample, name, label), _spelled(shuffled, name, label)
            if found - by_chance > SPELLED * (1 - by_chance):
                spelled[name] = found
        return spelled

    @cached_property
    def single_columns(self) -> dict[str, SingleColumnScore]:
        """How well each number, category and date alone gives the label, on the sampled rows."""
        known = 2 <= len(self.classes) <= MOST_CLASSES
        names = self.named(Kind.NUMBER, Kind.CATEGORY, Kind.DATE) if known else []
        labels = self.labels[self.sample]
        return {
            name: score_column(self.frame.get_column(name)[self.sample], labels, len(self.classes)) for name in names
        }

    @property
    def _text_bytes(self) -> int:
        names = self.named(Kind.TEXT)
        if not names:
            return 0
        return int(self.frame.select(pl.sum_horizontal(pl.col(names).str.len_bytes().sum())).item() or 0)


def row_numbers(places: Ints) -> tuple[int, ...]:
    """The rows at some places as a finding keeps them."""
    return tuple((places[:MOST_ROWS] + 1).tolist())


def together(groups: Ints, wanted: Bools) -> Ints:
    """The places of the rows in the groups that are ``wanted`` (groups,), those of one group behind each other.

    >>> together(np.array([0, 1, 0, 2, 1]), np.array([True, True, False])).tolist()
    [0, 2, 1, 4]
    """
    places = np.flatnonzero(wanted[groups])
    return places[np.argsort(groups[places], kind="stable")]


def numbered_rows(places: Ints) -> str:
    """Some rows by their numbers, as people count.

    >>> numbered_rows(np.array([0, 4, 9])), numbered_rows(np.arange(1_000, 1_007)), numbered_rows(np.array([2]))
    ('rows 1, 5 and 10', 'rows 1,001, 1,002, 1,003, 1,004 and 3 more', 'row 3')
    """
    return ("row " if len(places) == 1 else "rows ") + listed(f"{each + 1:,}" for each in places.tolist())


def _and_more(said: Sequence[str]) -> str:
    more = len(said) - _COLUMNS
    return ", ".join(said[:_COLUMNS]) + (f" and {count_of(more, 'more column')}" if more > 0 else "")


def _value(value: object, most: int = 40) -> str:
    return "empty" if value is None else short(value, most)


def _exactly(value: object) -> str:
    """A value with all the digits in which it may differ from another."""
    return f"{value:.12g}" if isinstance(value, float) else _value(value)


def _spelled(frame: pl.DataFrame, name: str, label: str) -> float:
    """The share of rows whose text contains their label, whatever the case."""
    found = pl.col(name).str.to_lowercase().str.contains(pl.col(label).str.to_lowercase(), literal=True)
    return float(frame.select(found.fill_null(False).cast(pl.Float64).mean()).item())
