"""The profile of a training: what its rows and answers looked like, which later windows are held against for drift.

Each column, and the answers, are counted into bins that the training rows fix, so a profile takes the same few
kilobytes however many rows it counts, a window is counted alone, and counts of windows add up (`Profile.merged`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self, cast

import numpy as np

from ratchet.arrays import Floats64, Hashes, Ints, Labels, Probabilities
from ratchet.features.encoder import Column, Columns, State
from ratchet.features.tokens import hashes, tokens
from ratchet.kinds.kind import Kind

BINS = 100
"""Bins of a number, with about as many training rows in each."""
VALUES = 1_000
"""Values of a category that are counted by name."""
WORDS = 20_000
"""Words of a text that count as known: the most frequent ones in training."""
TEXTS = 5_000
"""Texts that are looked at, evenly taken, where there are more."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of numbers between edges, with one bin below the lowest edge and one from the highest up.

    ``edges`` (bins - 1,) rising, ``counts`` (bins,), and how many values were missing.
    """

    edges: Floats64
    counts: Ints
    missing: int = 0

    @classmethod
    def of(cls, values: Floats64) -> Self:
        """Edges at the quantiles of these values, and their counts."""
        seen = values[np.isfinite(values)]
        edges = np.unique(np.quantile(seen, np.linspace(0, 1, BINS + 1)[1:-1])) if len(seen) else np.zeros(0)
        return cls(edges, np.zeros(len(edges) + 1, np.int64)).counted(values)

    def counted(self, values: Floats64) -> Self:
        """Other values, counted between the same edges.

        Edges [1, 2] and values [0, 1, 5, NaN]: counts [1, 1, 1], one missing.
        """
        seen = values[~np.isnan(values)]
        counts = np.bincount(np.searchsorted(self.edges, seen, side="right"), minlength=len(self.edges) + 1)
        return replace(self, counts=counts, missing=len(values) - len(seen))

    def merged(self, other: Self) -> Self:
        return replace(self, counts=self.counts + other.counts, missing=self.missing + other.missing)


@dataclass(frozen=True, slots=True)
class Values:
    """Counts of the values of a category by name, of all others together, and of missing ones."""

    counts: Mapping[str, int]
    other: int = 0
    missing: int = 0

    @classmethod
    def of(cls, column: Column) -> Self:
        """The most frequent values of a column, and their counts."""
        found = Counter(column)
        found.pop(None, None)
        frequent = found.most_common(VALUES)
        return cls(dict.fromkeys(sorted(value for value, _ in frequent), 0)).counted(column)

    def counted(self, column: Column) -> Self:
        """Another column, its values counted by the same names."""
        found = Counter(column)
        missing = found.pop(None, 0)
        named = {value: found.pop(value, 0) for value in self.counts}
        return replace(self, counts=named, other=found.total(), missing=missing)

    def merged(self, other: Self) -> Self:
        counts = {value: count + other.counts[value] for value, count in self.counts.items()}
        return replace(self, counts=counts, other=self.other + other.other, missing=self.missing + other.missing)


@dataclass(frozen=True, slots=True)
class Texts:
    """How many words texts have, and how many of those were not known in training."""

    lengths: Histogram
    known: Hashes
    """Hashes of the known words, rising."""
    words: int = 0
    unknown: int = 0

    @classmethod
    def of(cls, column: Column) -> Self:
        """The words of one half of the texts, and the counts of the other half, for which they are as new as ever."""
        texts = _some(column)
        one, other = texts[::2], texts[1::2]
        spelled = tokens(one)
        found, counts = np.unique(hashes(spelled), return_counts=True)
        known = np.sort(found[np.argsort(-counts, kind="stable")[:WORDS]])
        return cls(Histogram.of(_lengths(one, spelled.counts)), known).counted(other)

    def counted(self, column: Column) -> Self:
        """Another column, counted by the same words; of many texts, some evenly taken."""
        texts = _some(column)
        found = tokens(texts)
        spelled = hashes(found)
        unknown = int((~np.isin(spelled, self.known)).sum())
        lengths = self.lengths.counted(_lengths(texts, found.counts))
        return replace(self, lengths=lengths, words=len(spelled), unknown=unknown)

    def merged(self, other: Self) -> Self:
        lengths = self.lengths.merged(other.lengths)
        return replace(self, lengths=lengths, words=self.words + other.words, unknown=self.unknown + other.unknown)


ColumnProfile = Histogram | Values | Texts


@dataclass(frozen=True, slots=True)
class Profile:
    """Columns, answers and classes, counted.  Made by `of` at training, of out-of-fold probabilities."""

    name: ClassVar[str] = "profile.v1"

    rows: int
    columns: Mapping[str, ColumnProfile]
    confidence: Histogram
    """Of the most probable class."""
    answered: Floats64
    """(classes,) the probabilities of each class, added up: the class mix as it is answered."""
    true: Ints
    """(classes,) the rows of each class."""

    @classmethod
    def of(cls, columns: Columns, kinds: Mapping[str, Kind], probabilities: Probabilities, labels: Labels) -> Self:
        """The reference: columns of the training rows, and (rows, classes) what was answered for those labelled."""
        rows = len(next(iter(columns.values()), []))
        drawn = {name: _profile(column, kinds[name]) for name, column in columns.items()}
        return cls(rows, drawn, Histogram.of(probabilities.max(axis=1)), *_classes(probabilities, labels))

    def counted(self, columns: Columns, probabilities: Probabilities, labels: Labels | None = None) -> Self:
        """A window, counted as the reference is; ``labels`` where they are known."""
        counted = {name: _counted(each, columns[name]) for name, each in self.columns.items()}
        confidence = self.confidence.counted(probabilities.max(axis=1))
        none = np.zeros(0, dtype=np.int32)
        mix = _classes(probabilities, none if labels is None else labels)
        return type(self)(len(probabilities), counted, confidence, *mix)

    def merged(self, other: Self) -> Self:
        """The counts of two windows together, in any order."""
        columns: dict[str, Any] = {
            name: cast(Any, each).merged(other.columns[name]) for name, each in self.columns.items()
        }
        return type(self)(
            self.rows + other.rows,
            columns,
            self.confidence.merged(other.confidence),
            self.answered + other.answered,
            self.true + other.true,
        )

    def state(self) -> State:
        arrays: dict[str, Any] = {"answered": self.answered, "true": self.true}
        described = {name: _described(str(at), each, arrays) for at, (name, each) in enumerate(self.columns.items())}
        meta = {"rows": self.rows, "columns": described, "confidence": _described("c", self.confidence, arrays)}
        return State(meta=meta, arrays=arrays)

    @classmethod
    def from_state(cls, state: State) -> Self:
        meta, arrays = state.meta, state.arrays
        columns = {name: _made(str(at), each, arrays) for at, (name, each) in enumerate(meta["columns"].items())}
        confidence = cast(Histogram, _made("c", meta["confidence"], arrays))
        return cls(int(meta["rows"]), columns, confidence, arrays["answered"], arrays["true"])


def _profile(column: Column, kind: Kind) -> ColumnProfile:
    if kind is Kind.TEXT:
        return Texts.of(column)
    return Values.of(column) if kind is Kind.CATEGORY else Histogram.of(_numbers(column))


def _counted(reference: ColumnProfile, column: Column) -> ColumnProfile:
    return reference.counted(_numbers(column)) if isinstance(reference, Histogram) else reference.counted(column)


def _numbers(column: Column) -> Floats64:
    """(rows,) numbers as they are, dates as days, pictures and sounds as their bytes; NaN where missing."""
    if isinstance(column, np.ndarray) and column.dtype.kind == "M":
        days = column.astype("datetime64[us]").astype(np.int64) / 86_400e6
        return np.where(np.isnat(column), np.nan, days)
    if isinstance(column, np.ndarray) and column.dtype.kind == "f":
        return column
    return np.array([np.nan if value is None else len(value) for value in column], dtype=np.float64)


def _some(column: Column) -> Sequence[str | None]:
    return cast(Sequence[str | None], column)[:: max(1, -(-len(column) // TEXTS))]


def _lengths(texts: Sequence[str | None], words: Ints) -> Floats64:
    """(texts,) their words, NaN for a missing text."""
    return np.where([text is None for text in texts], np.nan, words.astype(np.float64))


def _classes(probabilities: Probabilities, labels: Labels) -> tuple[Floats64, Ints]:
    return probabilities.sum(axis=0), np.bincount(labels, minlength=probabilities.shape[1])


def _described(key: str, each: ColumnProfile, arrays: dict[str, Any]) -> dict[str, Any]:
    """A column's counts as JSON values; its arrays go to ``arrays``."""
    if isinstance(each, Values):
        arrays[f"{key}.counts"] = np.fromiter(each.counts.values(), np.int64, len(each.counts))
        return {"type": "values", "values": list(each.counts), "other": each.other, "missing": each.missing}
    if isinstance(each, Texts):
        arrays[f"{key}.known"] = each.known
        lengths = _described(f"{key}.lengths", each.lengths, arrays)
        return {"type": "texts", "lengths": lengths, "words": each.words, "unknown": each.unknown}
    arrays |= {f"{key}.edges": each.edges, f"{key}.counts": each.counts}
    return {"type": "histogram", "missing": each.missing}


def _made(key: str, described: Mapping[str, Any], arrays: Mapping[str, Any]) -> ColumnProfile:
    if described["type"] == "values":
        counts = dict(zip(described["values"], arrays[f"{key}.counts"].tolist(), strict=True))
        return Values(counts, described["other"], described["missing"])
    if described["type"] == "texts":
        lengths = cast(Histogram, _made(f"{key}.lengths", described["lengths"], arrays))
        return Texts(lengths, arrays[f"{key}.known"], described["words"], described["unknown"])
    return Histogram(arrays[f"{key}.edges"], arrays[f"{key}.counts"], described["missing"])
