"""Pieces of words: character n-grams, hashed from code points; a space stands for either end of the word."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ratchet.arrays import Bools, Hashes, Ints
from ratchet.features.tokens import SPACE, Tokens, encode

SIZES = (3, 5)
BITS = 19
_A, _B = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
_FOLD = np.uint64(29)


def of_tokens(
    found: Tokens, rows: Ints, which: Ints, sizes: Sequence[int] = SIZES, bits: int = BITS
) -> list[tuple[Ints, Ints]]:
    """For each size: the bucket of each piece of some words, and the text it stands in, text by text.

    ``rows`` (words,) are the texts of all words, ``which`` the words to take.
    """
    if not len(which):
        return []
    # Words 1 and 2 of "ab xyz c" make " xyz c ": widths [4, 2] that begin at [0, 4], letters at places [1, 2, 3, 5],
    # taken from the code points at [3, 4, 5, 7].
    widths = found.lengths[which] + 1  # a word and the space before it
    firsts = np.cumsum(widths) - widths
    total = int(widths.sum())
    letters = np.ones(total + 1, dtype=bool)
    letters[firsts] = letters[-1] = False
    places = np.flatnonzero(letters)
    codes = np.full(total + 1, SPACE, dtype=np.uint64)
    codes[places] = found.codes[places + np.repeat(found.starts[which] - firsts - 1, widths - 1)]
    texts = np.repeat(rows[which], widths)
    return [(buckets, texts[at]) for buckets, at in (_of_size(codes, letters, size, bits) for size in sizes)]


def of_words(words: Sequence[str]) -> list[Ints]:
    """The buckets of the pieces of each word, shorter pieces first."""
    codes = encode(f" {' '.join(words)} ").astype(np.uint64)
    letters = codes != SPACE
    word = np.cumsum(~letters) - 1
    made: list[list[Ints]] = [[] for _ in words]
    for size in SIZES:
        buckets, places = _of_size(codes, letters, size, BITS)
        counts = np.bincount(word[places], minlength=len(words))
        for each, part in zip(made, np.split(buckets, np.cumsum(counts)[:-1]), strict=True):
            each.append(part)
    return [np.concatenate(parts) for parts in made]


def _of_size(codes: Hashes, letters: Bools, size: int, bits: int) -> tuple[Ints, Ints]:
    # A piece may begin and end with a space, but has letters between: of 3 characters " xyz c " has " xy", "xyz", "yz "
    # and " c ", at places [0, 1, 2, 4]; at place 3 "z c" is none.
    count = max(len(codes) - size + 1, 0)
    inside = letters[1 : 1 + count].copy()
    for offset in range(2, size - 1):
        inside &= letters[offset : offset + count]
    places = np.flatnonzero(inside)
    values = codes[places]
    for offset in range(1, size):
        values = values * _A + codes[places + offset]
    values = (values ^ (values >> _FOLD)) * _B
    return (values >> np.uint64(64 - bits)).astype(np.int64), places
