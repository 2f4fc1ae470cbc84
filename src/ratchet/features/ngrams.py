"""ngrams.v1: a text as the words, pairs of words and, for rare words, pieces of words that occur in it.

Pairs are hashed from word numbers and pieces from code points, both in NumPy, so that nothing is done per pair or per
letter in Python.  A common word has learned its own weight; pieces (character n-grams, as in Bojanowski et al. 2017,
"Enriching Word Vectors with Subword Information") speak only for words that are rare or unseen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, ClassVar, Self, cast

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Floats32, Floats64, Ints, Ints32
from ratchet.features import pieces as pieces_of
from ratchet.features.encoder import Column, Located, Matrix, Sparse, State, Target
from ratchet.features.matrix import end_to_end, interleaved
from ratchet.features.places import of_pieces, of_runs, together, words_of
from ratchet.features.tokens import Tokens, spans, tokens, words
from ratchet.features.vocabulary import LEARNED_FROM, SEEN, Vocabulary, frequencies, starts
from ratchet.kinds.kind import Kind

MAX_WORDS, MAX_PAIRS, MAX_PIECES = 100_000, 250_000, 100_000
COMMON = 500
"""A word in at least this many texts has learned its own weight well, and needs no pieces."""
SHORT, LONG = 40, 100
"""Words a text on average: in shorter ones repeats are so few that they are just added up; longer ones tell enough
without pieces."""
PAIR_BITS = 21
REMEMBERED = 20_000
"""Rare words whose pieces are remembered between single texts."""

_TEXTS = 2_000
_A, _B = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_SHIFT = np.uint64(64 - PAIR_BITS)
_EXACT = 2.0**16
"""Squares are rounded to whole numbers of this fraction, so that their sum is the same in any order."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the training texts decided besides their words."""

    sublinear: bool
    """Repeats count ``1 + ln(count)``; where False each counts the same."""
    common: int
    """Words up to this number are common; -1 where there are no pieces."""

    def rare(self, numbers: Ints) -> Ints:
        """Which words are encoded by their pieces too."""
        return np.flatnonzero((numbers == 0) | (numbers > self.common)) if self.common >= 0 else numbers[:0]


class NGrams:
    """Words and hashed pairs of words, and pieces of rare words; each of the two parts scaled to unit length.

    A cell is the count, or its logarithm plus one where texts are not short, times the inverse document frequency
    ``1 + ln((1 + n) / (1 + df))``, as in scikit-learn's TfidfVectorizer.  Outputs are numbered: 0 for what is not known
    (its cells are 0), then words by falling frequency, pairs, pieces.
    """

    name: ClassVar[str] = "ngrams.v1"
    reads: ClassVar[frozenset[Kind]] = frozenset({Kind.TEXT})
    supervised: ClassVar[bool] = False

    def __init__(self, *, pieces: bool = True) -> None:
        self._wants_pieces = pieces
        none = np.zeros(0, dtype=np.int64)
        self._set(_Plan(False, -1), Vocabulary([]), none, none, np.zeros(1))

    def _set(
        self,
        plan: _Plan,
        vocabulary: Vocabulary,
        pairs: npt.NDArray[Any],
        pieces: npt.NDArray[Any],
        weights: npt.NDArray[Any],
    ) -> None:
        self._plan, self._vocabulary = plan, vocabulary
        self._pairs = _table(pairs, PAIR_BITS, len(vocabulary) + 1)
        self._pieces = _table(pieces, pieces_of.BITS, len(vocabulary) + 1 + len(pairs))
        self._weights: Floats32 = np.asarray(weights, dtype=np.float32)
        self._squared = _squares(self._weights)
        self._remembered: dict[str, Ints32] = {}

    def fit(self, column: Column, target: Target | None = None) -> Self:
        column = cast(Sequence[str | None], column)[:: 1 + len(column) // LEARNED_FROM]
        found = tokens(column)
        vocabulary, counts = Vocabulary.learn(found, most=MAX_WORDS)
        plan = self._planned(found, counts)
        numbers, rows = vocabulary.find(found), found.rows()
        neighbours = rows[1:] == rows[:-1]
        pairs, pair_counts = _kept(_pair_buckets(numbers)[neighbours], rows[1:][neighbours], PAIR_BITS, MAX_PAIRS)
        by_size = pieces_of.of_tokens(found, rows, plan.rare(numbers))
        buckets, piece_rows = (np.concatenate(each) for each in zip(*by_size, strict=True))
        pieces, piece_counts = _kept(buckets, piece_rows, pieces_of.BITS, MAX_PIECES)
        idf = 1 + np.log((1 + len(column)) / (1 + np.concatenate([counts, pair_counts, piece_counts])))
        fitted = type(self)(pieces=self._wants_pieces)
        fitted._set(plan, vocabulary, pairs, pieces, np.concatenate([[0.0], idf]))
        return fitted

    def _planned(self, found: Tokens, counts: Ints) -> _Plan:
        mean = len(found.starts) / max(len(found.counts), 1)
        if not self._wants_pieces or mean > LONG:
            return _Plan(mean > SHORT, -1)
        return _Plan(mean > SHORT, int(np.searchsorted(-counts, -COMMON, side="right")))

    def transform(self, column: Column) -> Matrix:
        if len(column) == 1:
            return Matrix(_NO_DENSE, self._one(column[0]))
        texts = cast(Sequence[str | None], column)
        parts = [self._many(texts[first : first + _TEXTS]) for first in range(0, len(texts), _TEXTS)]
        return Matrix(np.zeros((len(column), 0), dtype=np.float32), end_to_end(parts, len(self._weights)))

    def _one(self, text: str | None) -> Sparse:
        """One text: its few words are found faster by pattern and dict than in arrays."""
        spelled = words(text)
        numbers = np.array(list(map(self._vocabulary.numbers.get, spelled, repeat(0))), dtype=np.int64)
        outputs = self._with_pairs(numbers)
        if self._plan.sublinear:
            outputs, _, weights = self._counted(np.sort(outputs.astype(np.int64)))
            values = weights / _root(np.add.reduce(_squares(weights)))
        else:
            values = self._weights[outputs] / _root(np.add.reduce(self._squared[outputs]))
        if self._plan.common >= 0:
            pieces = self._pieces_of(spelled, numbers)
            outputs = np.concatenate([outputs, pieces])
            values = np.concatenate([values, self._weights[pieces] / _root(np.add.reduce(self._squared[pieces]))])
        return Sparse(np.array([0, len(outputs)], dtype=np.int64), outputs, values, len(self._weights))

    def _pieces_of(self, spelled: Sequence[str], numbers: Ints) -> Ints32:
        """The outputs of the pieces of the rare words, which are remembered by word."""
        known = self._remembered
        rare = [spelled[place] for place in self._plan.rare(numbers).tolist()]
        unseen = [word for word in dict.fromkeys(rare) if word not in known]
        if unseen:
            new = dict(zip(unseen, map(self._pieces.__getitem__, pieces_of.each_word(unseen)), strict=True))
            if len(known) > REMEMBERED:
                known = self._remembered = {word: known[word] for word in rare if word in known}
            known.update(new)
        return np.concatenate([_NO_PIECES, *(known[word] for word in rare)])

    def _many(self, texts: Sequence[str | None]) -> Sparse:
        """Many texts: no Python object is made per word."""
        found = tokens(texts)
        numbers, rows = self._vocabulary.find(found), found.rows()
        outputs, twice = self._with_pairs(numbers, rows), np.repeat(rows, 2)
        if self._plan.sublinear:
            outputs, twice, weights = self._counted(np.sort(twice << 32 | outputs))
        else:
            weights = self._weights[outputs]
        parts = self._scaled([(outputs, twice, weights)], len(texts))
        by_size = pieces_of.of_tokens(found, rows, self._plan.rare(numbers))
        pieces = [(self._pieces[buckets], piece_rows) for buckets, piece_rows in by_size]
        parts += self._scaled([(each, piece_rows, self._weights[each]) for each, piece_rows in pieces], len(texts))
        return interleaved(parts)

    def _with_pairs(self, numbers: Ints, rows: Ints | None = None) -> Ints32:
        """(2 * words,) each word's output and that of its pair with the next word of the text, 0 for the last."""
        both = np.zeros((len(numbers), 2), dtype=np.int32)
        both[:, 0] = numbers
        if len(numbers) > 1:
            pairs = self._pairs[_pair_buckets(numbers)]
            both[:-1, 1] = pairs if rows is None else pairs * (rows[1:] == rows[:-1])
        return both.ravel()

    def _counted(self, cells: Ints) -> tuple[Ints32, Ints, Floats32]:
        """Distinct outputs, their rows, and weights with repeats: of sorted cells ``row << 32 | output``."""
        # Outputs [4, 4, 7] of one row begin anew at [0, 2]: output 4 comes twice, 7 once.
        first = np.flatnonzero(starts(cells))
        counts = np.diff(first, append=len(cells))
        cells = cells[first]
        outputs = (cells & 0xFFFFFFFF).astype(np.int32)
        return outputs, cells >> 32, (1 + np.log(counts)).astype(np.float32) * self._weights[outputs]

    def _scaled(self, cells: Sequence[tuple[Ints32, Ints, Floats32]], texts: int) -> list[Sparse]:
        """Outputs, rows and weights as sparse rows, scaled so that together each row has unit length."""
        squares = sum((np.bincount(rows, _squares(weights), texts) for _, rows, weights in cells), np.zeros(texts))
        lengths = _root(squares)
        made = []
        for outputs, rows, weights in cells:
            indptr = np.zeros(texts + 1, dtype=np.int64)
            np.cumsum(np.bincount(rows, minlength=texts), out=indptr[1:])
            made.append(Sparse(indptr, outputs, weights / lengths[rows], len(self._weights)))
        return made

    def located(self, text: str | None) -> Located:
        found = spans(text)
        spelled = [each.word for each in found]
        numbers = np.array(list(map(self._vocabulary.numbers.get, spelled, repeat(0))), dtype=np.int64)
        runs, rare = of_runs(self._with_pairs(numbers).reshape(-1, 2), found), self._plan.rare(numbers)
        buckets, counts = pieces_of.of_words([spelled[each] for each in rare], pieces_of.SIZES, pieces_of.BITS)
        return together(runs, of_pieces(self._pieces[buckets], rare[words_of(counts)], found))

    @property
    def widths(self) -> tuple[int, int]:
        return 0, len(self._weights)

    @property
    def known(self) -> frozenset[str] | None:
        return None

    def names(self) -> Sequence[str]:
        known = [f"has '{word}'" for word in self._vocabulary.words]
        pairs = [f"has a pair of group {number}" for number in _used(self._pairs)]
        pieces = [f"has a piece of group {number}" for number in _used(self._pieces)]
        return ["has nothing known", *known, *pairs, *pieces]

    def state(self) -> State:
        return State(
            meta={"sublinear": self._plan.sublinear, "common": self._plan.common},
            arrays={"pairs": _used(self._pairs), "pieces": _used(self._pieces), "weights": self._weights},
            texts={"words": "\n".join(self._vocabulary.words)},
        )

    @classmethod
    def from_state(cls, state: State) -> Self:
        made = cls()
        plan = _Plan(bool(state.meta["sublinear"]), int(state.meta["common"]))
        text, arrays = state.texts["words"], state.arrays
        vocabulary = Vocabulary(text.split("\n") if text else [])
        made._set(plan, vocabulary, arrays["pairs"], arrays["pieces"], arrays["weights"])
        return made


_NO_DENSE = np.zeros((1, 0), dtype=np.float32)
_NO_PIECES = np.zeros(0, dtype=np.int32)


def _pair_buckets(numbers: Ints) -> Ints:
    """(words - 1,) the bucket of each word with the next; unknown words count as one word.

    The top bits of numbers times large odd factors are spread evenly (Knuth, The Art of Computer Programming 3, 6.4).
    """
    wide = numbers.view(np.uint64)
    values = (wide[:-1] * _A) ^ (wide[1:] * _B)
    values >>= _SHIFT
    return values.view(np.int64)


def _kept(buckets: Ints, rows: Ints, bits: int, most: int) -> tuple[Ints, Ints]:
    """The buckets in at least `SEEN` rows, the ``most`` most frequent of them, and in how many rows each is."""
    counts = frequencies(buckets, rows, 1 << bits)
    seen = np.flatnonzero(counts >= SEEN)
    kept = seen[np.argsort(-counts[seen], kind="stable")][:most]
    return kept, counts[kept]


def _table(buckets: npt.NDArray[Any], bits: int, first: int) -> Ints32:
    """(2 ** bits,) the output of each bucket, from ``first`` on; 0 for buckets that are not kept."""
    table = np.zeros(1 << bits, dtype=np.int32)
    table[buckets] = np.arange(first, first + len(buckets), dtype=np.int32)
    return table


def _used(table: Ints32) -> Ints32:
    """The buckets that are kept, by the number of their output."""
    used = np.flatnonzero(table)
    return used[np.argsort(table[used])].astype(np.int32)


def _squares(weights: Floats32) -> Floats64:
    wide = weights.astype(np.float64)
    return np.rint(wide * wide * _EXACT)


def _root(squares: Any) -> Any:
    """The length of a row of these squares, 1 for an empty one."""
    if isinstance(squares, float):
        return np.float32(math.sqrt(squares / _EXACT) if squares > 0 else 1.0)
    return np.sqrt(np.where(squares > 0, squares / _EXACT, 1.0)).astype(np.float32)
