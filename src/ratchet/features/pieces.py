"""Pieces of words: character n-grams, hashed from code points; a space stands for either end of the word."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from ratchet.arrays import Bools, Hashes, Ints
from ratchet.features.tokens import SPACE, Tokens, encode

SIZES = (3, 5)
BITS = 19
_A, _B = (np.array(each, dtype=np.uint64) for each in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F))
_SPACE = np.array(SPACE, dtype=np.uint64)
_FOLD = np.array(29, dtype=np.uint64)


def of_tokens(found: Tokens, rows: Ints, which: Ints) -> list[tuple[Ints, Ints]]:
    """For each size: the bucket of each piece of some words, and the text it stands in, text by text.

    ``rows`` (words,) are the texts of all words, ``which`` the words to take.
    """
    buckets, counts = by_word(found, which, SIZES, BITS)
    by_size = np.split(buckets, np.cumsum(counts.sum(axis=1))[:-1])
    return [(each, np.repeat(rows[which], own)) for each, own in zip(by_size, counts, strict=True)]


def by_word(found: Tokens, which: Ints, sizes: Sequence[int], bits: int) -> tuple[Ints, Ints]:
    """(pieces,) the bucket of each piece of some words, for each size word by word; (sizes, words) how many there are.

    A word of 4 letters has as many pieces of 3 characters, in the middle of which each letter stands once, and 2 of 5.
    """
    # Words 1 and 2 of "ab xyz c" make " xyz c ": widths [4, 2] that begin at [0, 4], letters at places [1, 2, 3, 5],
    # taken from the code points at [3, 4, 5, 7].
    lengths = found.lengths[which]
    widths = lengths + 1  # a word and the space before it
    ends = widths.cumsum()
    firsts = ends - widths
    total = int(ends[-1]) if len(ends) else 0
    letters = np.ones(total + 1, dtype=bool)
    letters[firsts] = letters[-1] = False
    places = letters.nonzero()[0]
    codes = np.full(total + 1, SPACE, dtype=np.uint64)
    codes[places] = found.codes[places + (found.starts[which] - firsts - 1).repeat(lengths)]
    return _pieces(codes, letters, lengths, sizes, bits)


def of_words(words: Sequence[str], sizes: Sequence[int], bits: int) -> tuple[Ints, Ints]:
    """What `by_word` makes of these words."""
    codes = encode(f" {' '.join(words)} ").astype(np.uint64)
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    return _pieces(codes, codes != _SPACE, lengths, sizes, bits)


def each_word(words: Sequence[str]) -> list[Ints]:
    """The buckets of the pieces of each word, shorter pieces first."""
    buckets, counts = of_words(words, SIZES, BITS)
    parts = np.split(buckets, np.cumsum(counts)[:-1])
    return [np.concatenate(parts[at :: len(words)]) for at in range(len(words))]


def _pieces(codes: Hashes, letters: Bools, lengths: Ints, sizes: Sequence[int], bits: int) -> tuple[Ints, Ints]:
    """`by_word` of words of these ``lengths``, whose ``codes`` have a space before each and behind the last."""
    values = np.concatenate(list(_of_sizes(codes, letters, sizes)))
    values ^= values >> _FOLD
    values *= _B
    values >>= np.uint64(64 - bits)
    return values.view(np.int64), np.stack([np.maximum(lengths - max(size - 3, 0), 0) for size in sizes])


def _of_sizes(codes: Hashes, letters: Bools, sizes: Sequence[int]) -> Iterator[Hashes]:
    """For each of rising sizes: a number for each piece, made from those of the size before."""
    # A piece may begin and end with a space, but has letters between: of 3 characters " xyz c " has " xy", "xyz", "yz "
    # and " c ", at places [0, 1, 2, 4]; at place 3 "z c" is none.
    values, inside = codes, letters[1:]
    for before, size in itertools.pairwise((1, *sizes)):
        for offset in range(before, size):
            values = values[:-1] * _A + codes[offset:]
            inside = inside[: len(values)]
            if offset > 2:
                inside = inside & letters[offset - 1 : offset - 1 + len(values)]
        yield values[inside]
