"""ngrams.v1: a text as the words, pairs of words and, for rare words, pieces of words that occur in it.

Words are found by one compiled pattern and looked up in one dict.  Pairs are hashed from word numbers and pieces from
code points, both in NumPy, so that nothing is done per pair or per letter in Python.  A word that is common enough has
learned its own weight; pieces (character n-grams, as in Bojanowski et al. 2017, "Enriching Word Vectors with Subword
Information") speak only for words that are rare or unseen, which keeps most texts free of them.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from ratchet.features.encoder import Column, Matrix, Sparse, State
from ratchet.features.matrix import interleaved

WORD = re.compile(r"\w+|[!?]+")
MAX_WORDS = 100_000
MAX_PAIRS = 250_000
MAX_PIECES = 100_000
SEEN = 2
"""Words, pairs and pieces in fewer texts than this teach nothing."""
COMMON, COMMON_SHARE = 50, 0.02
"""A word in at least this many texts, and in this share of them, needs no pieces."""
LONG = 100
"""Texts of more words than this on average get no pieces."""
SIZES = (3, 5)
PAIR_BITS, PIECE_BITS = 21, 19

Ints = npt.NDArray[np.int64]
_A, _B = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_SPACE = 32


@dataclass(frozen=True, slots=True)
class _Tables:
    """What a fitted encoder looks things up in.

    Outputs are numbered: 0 nothing known (weight 0), then words by falling frequency, pairs, pieces.
    """

    words: dict[str, int]
    common: int
    """Words up to this number are common; -1 where there are no pieces."""
    pairs: npt.NDArray[np.int32]
    """(2 ** PAIR_BITS,) the output of a pair's bucket, 0 for none."""
    pieces: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]
    """(outputs,) inverse document frequency; 0 for output 0."""


@dataclass(frozen=True, slots=True)
class _Tokens:
    """The words of some texts, end to end."""

    words: list[str]
    rows: Ints
    """(words,) the text each word stands in."""
    count: int


class NGrams:
    """Words and hashed pairs of words, and pieces of rare words; each of the two parts scaled to unit length.

    A cell is ``(1 + ln count) * (1 + ln((1 + n) / (1 + df)))``, as in scikit-learn's TfidfVectorizer with
    ``sublinear_tf``.  Texts that are long on average get no pieces: their words tell enough.
    """

    name: ClassVar[str] = "ngrams.v1"

    def __init__(self) -> None:
        none = np.zeros(0, dtype=np.int64)
        self._tables = _tables([], -1, none, none, np.zeros(1))

    def fit(self, column: Column) -> Self:
        tokens = _tokens(column)
        vocabulary, frequencies = _vocabulary(tokens)
        words = {word: number for number, word in enumerate(vocabulary, 1)}
        common = -1
        if len(tokens.words) < LONG * max(tokens.count, 1):
            limit = max(COMMON, COMMON_SHARE * tokens.count)
            common = int(np.searchsorted(-frequencies, -limit, side="right"))
        ids = _numbers(tokens, words)
        pairs, pair_counts = _kept(*_pairs(ids, tokens.rows), PAIR_BITS, MAX_PAIRS)
        pieces, piece_counts = _kept(*_pieces(tokens, ids, common), PIECE_BITS, MAX_PIECES)
        counts = np.concatenate([frequencies, pair_counts, piece_counts])
        idf = 1 + np.log((1 + tokens.count) / (1 + counts))
        fitted = type(self)()
        fitted._tables = _tables(vocabulary, common, pairs, pieces, np.concatenate([[0.0], idf]))
        return fitted

    def transform(self, column: Column) -> Matrix:
        tables = self._tables
        tokens = _tokens(column)
        ids = _numbers(tokens, tables.words)
        pairs, pair_rows = _pairs(ids, tokens.rows)
        outputs = np.concatenate([ids, tables.pairs[pairs].astype(np.int64)])
        sparse = _weighted(outputs, np.concatenate([tokens.rows, pair_rows]), tokens.count, tables.weights)
        if tables.common >= 0:
            pieces, piece_rows = _pieces(tokens, ids, tables.common)
            sparse = interleaved(
                [sparse, _weighted(tables.pieces[pieces].astype(np.int64), piece_rows, tokens.count, tables.weights)]
            )
        return Matrix(np.zeros((tokens.count, 0), np.float32), sparse)

    def names(self) -> Sequence[str]:
        tables = self._tables
        words = [f"has '{word}'" for word in tables.words]
        pairs = [f"has a pair of group {number}" for number in _buckets(tables.pairs)]
        pieces = [f"has a piece of group {number}" for number in _buckets(tables.pieces)]
        return ["has nothing known", *words, *pairs, *pieces]

    def state(self) -> State:
        tables = self._tables
        return State(
            meta={"common": tables.common},
            arrays={
                "pairs": _buckets(tables.pairs),
                "pieces": _buckets(tables.pieces),
                "weights": tables.weights,
            },
            texts={"words": "\n".join(tables.words)},
        )

    @classmethod
    def from_state(cls, state: State) -> Self:
        made = cls()
        arrays, text = state.arrays, state.texts["words"]
        words = text.split("\n") if text else []
        made._tables = _tables(words, int(state.meta["common"]), arrays["pairs"], arrays["pieces"], arrays["weights"])
        return made


def _tables(
    words: list[str], common: int, pairs: npt.NDArray[Any], pieces: npt.NDArray[Any], weights: npt.NDArray[Any]
) -> _Tables:
    first_pair = len(words) + 1
    return _Tables(
        words=dict(zip(words, range(1, first_pair), strict=True)),
        common=common,
        pairs=_lookup(pairs, PAIR_BITS, first_pair),
        pieces=_lookup(pieces, PIECE_BITS, first_pair + len(pairs)),
        weights=np.asarray(weights, dtype=np.float32),
    )


def _lookup(buckets: npt.NDArray[Any], bits: int, first: int) -> npt.NDArray[np.int32]:
    table = np.zeros(1 << bits, dtype=np.int32)
    table[buckets] = np.arange(first, first + len(buckets), dtype=np.int32)
    return table


def _buckets(table: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """The buckets in use, by the number of their output."""
    used = np.flatnonzero(table)
    return used[np.argsort(table[used])].astype(np.int32)


def _tokens(column: Column) -> _Tokens:
    found = [WORD.findall(text.lower()) if text else [] for text in column]
    lengths = np.fromiter(map(len, found), np.int64, len(found))
    return _Tokens(list(itertools.chain.from_iterable(found)), np.repeat(np.arange(len(found)), lengths), len(found))


def _numbers(tokens: _Tokens, words: dict[str, int]) -> Ints:
    return np.fromiter(map(words.get, tokens.words, itertools.repeat(0)), np.int64, len(tokens.words))


def _vocabulary(tokens: _Tokens) -> tuple[list[str], Ints]:
    """The words kept, most frequent first (then by alphabet), and how many texts each is in."""
    first: dict[str, int] = defaultdict(itertools.count().__next__)
    numbers = np.fromiter(map(first.__getitem__, tokens.words), np.int64, len(tokens.words))
    counts = _frequencies(numbers, tokens.rows, len(first))
    words = list(first)
    seen = np.flatnonzero(counts >= SEEN)
    ranked = sorted(zip((-counts[seen]).tolist(), map(words.__getitem__, seen.tolist()), strict=True))[:MAX_WORDS]
    return [word for _, word in ranked], np.array([-count for count, _ in ranked], dtype=np.int64)


def _frequencies(values: Ints, rows: Ints, width: int) -> Ints:
    """(width,) in how many rows each value occurs."""
    cells = np.sort(rows << 32 | values)
    cells = cells[_starts(cells)]
    return np.bincount(cells & 0xFFFFFFFF, minlength=width)


def _starts(cells: Ints) -> npt.NDArray[np.bool_]:
    """(cells,) whether a cell of a sorted row differs from the one before."""
    starts = np.ones(len(cells), dtype=bool)
    np.not_equal(cells[1:], cells[:-1], out=starts[1:])
    return starts


def _kept(buckets: Ints, rows: Ints, bits: int, most: int) -> tuple[Ints, Ints]:
    """The buckets in at least `SEEN` rows, the ``most`` most frequent of them, and in how many rows each is."""
    counts = _frequencies(buckets, rows, 1 << bits)
    seen = np.flatnonzero(counts >= SEEN)
    kept = seen[np.argsort(-counts[seen], kind="stable")][:most]
    return kept, counts[kept]


def _pairs(ids: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """The bucket of each pair of neighbours in one text, and its row; unknown words count as one word."""
    if len(ids) < 2:
        return ids[:0], rows[:0]
    inside = rows[1:] == rows[:-1]
    left, right = ids[:-1][inside].astype(np.uint64), ids[1:][inside].astype(np.uint64)
    mixed = (left * _A) ^ (right * _B)
    mixed ^= mixed >> np.uint64(29)
    return ((mixed * _A) >> np.uint64(64 - PAIR_BITS)).astype(np.int64), rows[1:][inside]


def _pieces(tokens: _Tokens, ids: Ints, common: int) -> tuple[Ints, Ints]:
    """The bucket of each character n-gram inside a word that is rare or unknown, and its row; none if common < 0."""
    rare = np.flatnonzero((ids == 0) | (ids > common)) if common >= 0 else ids[:0]
    if not len(rare):
        return ids[:0], ids[:0]
    words = [tokens.words[index] for index in rare.tolist()]
    lengths = np.fromiter(map(len, words), np.int64, len(words)) + 1
    text = f" {' '.join(words)} "
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    rows = np.concatenate([np.repeat(tokens.rows[rare], lengths), tokens.rows[rare[-1:]]])
    found = [_of_size(codes, rows, size) for size in SIZES]
    return np.concatenate([each for each, _ in found]), np.concatenate([each for _, each in found])


def _of_size(codes: npt.NDArray[np.uint64], rows: Ints, size: int) -> tuple[Ints, Ints]:
    count = max(len(codes) - size + 1, 0)
    mixed = np.full(count, size, dtype=np.uint64)
    inside = np.ones(count, dtype=bool)
    for offset in range(size):
        part = codes[offset : offset + count]
        mixed = (mixed ^ part) * _A
        mixed ^= mixed >> np.uint64(32)
        if 0 < offset < size - 1:
            inside &= part != _SPACE
    buckets = ((mixed * _B) >> np.uint64(64 - PIECE_BITS)).astype(np.int64)
    return buckets[inside], rows[:count][inside]


def _weighted(outputs: Ints, rows: Ints, count: int, weights: npt.NDArray[np.float32]) -> Sparse:
    """Each row's distinct outputs in ascending order with sublinear counts times weights, scaled to unit length."""
    cells = np.sort(rows << 32 | outputs)
    first = np.flatnonzero(_starts(cells))
    counts = np.diff(np.append(first, len(cells)))
    cells = cells[first]
    indices, rows = cells & 0xFFFFFFFF, np.asarray(cells >> 32)
    values = (1 + np.log(counts)) * weights[indices]
    squares = np.bincount(rows, weights=values * values, minlength=count)
    lengths = np.sqrt(np.where(squares > 0, squares, 1.0))
    indptr = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=count), out=indptr[1:])
    return Sparse(indptr, indices.astype(np.int32), (values / lengths[rows]).astype(np.float32), len(weights))
