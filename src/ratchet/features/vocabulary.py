"""The words an encoder knows: by a dict for one text, by their hashes in NumPy for many."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from ratchet.arrays import Bools, Hashes, Ints
from ratchet.features.tokens import Tokens, hashes, spelled_out

LEARNED_FROM = 200_000
"""Texts that are learned from, evenly taken, where there are more."""
SEEN = 2
"""Words in fewer texts than this teach nothing."""


class Vocabulary:
    """Words and their numbers from 1 up, most frequent first; 0 is any other word."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self.numbers = dict(zip(words, range(1, len(words) + 1), strict=True))

    @classmethod
    def learn(cls, found: Tokens, *, most: int, seen: int = SEEN) -> tuple[Vocabulary, Ints]:
        """The ``most`` words in most texts, and in ``seen`` at least (equally frequent ones by spelling), and in how
        many texts each is.
        """
        _, first, numbers = np.unique(hashes(found), return_index=True, return_inverse=True)
        counts = frequencies(numbers, found.rows(), len(first))
        common = np.flatnonzero(counts >= seen)
        ranked = sorted(zip((-counts[common]).tolist(), found.spelled(first[common]), strict=True))[:most]
        return cls([word for _, word in ranked]), np.array([-count for count, _ in ranked], dtype=np.int64)

    def __len__(self) -> int:
        return len(self.words)

    def find(self, found: Tokens) -> Ints:
        """(words,) the number of each word.

        Buckets of hashes are looked up first; the few known words that share one are searched for among themselves.
        """
        wanted = hashes(found)
        known, buckets, shift, crowded, crowded_numbers = self._table
        numbers = buckets[(wanted >> shift).astype(np.int64)]
        numbers = np.where(known[numbers] == wanted, numbers, 0)
        if len(crowded):
            open_ = np.flatnonzero(numbers == 0)
            places = np.searchsorted(crowded, wanted[open_])
            places[places == len(crowded)] = 0
            hits = crowded[places] == wanted[open_]
            numbers[open_[hits]] = crowded_numbers[places[hits]]
        return numbers

    @cached_property
    def _table(self) -> tuple[Hashes, Ints, np.uint64, Hashes, Ints]:
        """Hashes by number; numbers by bucket; how buckets are made; hashes that lost their bucket, with numbers."""
        # Words 1, 2 and 3 in buckets 5, 9 and 5 are written from the last to the first, so that 5 holds 1 and 9 holds
        # 2; what bucket 5 holds is not 3, so word 3 lost its bucket and goes to the sorted list, to be searched.
        own = hashes(spelled_out(self.words))
        bits = max(10, (8 * len(own)).bit_length())
        shift = np.uint64(64 - bits)
        numbers = np.arange(len(own), 0, -1)
        buckets = np.zeros(1 << bits, dtype=np.int64)
        buckets[(own[::-1] >> shift).astype(np.int64)] = numbers  # of words that share a bucket the most frequent stays
        lost = np.flatnonzero(buckets[(own >> shift).astype(np.int64)] != np.arange(1, len(own) + 1))
        lost = lost[np.argsort(own[lost])]
        known = np.concatenate([np.zeros(1, dtype=np.uint64), own])
        return known, buckets, shift, own[lost], lost + 1


def frequencies(values: Ints, rows: Ints, width: int) -> Ints:
    """(width,) in how many rows each value occurs."""
    # Values [2, 2, 2, 0] in rows [0, 0, 1, 1] are the sorted cells (0, 2), (0, 2), (1, 0), (1, 2).  Of the three that
    # differ from the one before, two hold a 2 and one a 0: [1, 0, 2].
    cells = np.sort(rows << 32 | values)
    return np.bincount(cells[starts(cells)] & 0xFFFFFFFF, minlength=width)


def starts(cells: Ints) -> Bools:
    """(cells,) whether a cell of sorted ones differs from the one before."""
    found = np.ones(len(cells), dtype=bool)
    np.not_equal(cells[1:], cells[:-1], out=found[1:])
    return found
