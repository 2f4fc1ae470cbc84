"""Texts as sets of hashed pairs of neighbouring words ("shingles": Broder 1997), whole batches at once in NumPy.

The beginning and the end of a text count as words, so that a text of n words has n + 1 pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from ratchet.arrays import Hashes, Ints
from ratchet.data.near.words import words_of
from ratchet.hashing import mixed

_EDGE = np.uint64(0x2545F4914F6CDD1D)
_PAIR = np.uint64(0xC2B2AE3D27D4EB4F)


@dataclass(frozen=True, slots=True)
class Shingles:
    """The pairs of words of some texts, end to end: those of text i are ``pairs[starts[i]:starts[i + 1]]``."""

    pairs: Hashes
    starts: Ints
    words: Ints
    """(texts,) how many words each has."""


def shingles(texts: pl.Series) -> Shingles:
    """The pairs of words of each text (no nulls); repeated pairs stay."""
    # Texts "a b" and "c" with edges E are the tokens [E, a, b, E, c, E], where the edge between two texts ends the one
    # and begins the other.  Neighbours are the pairs (E a)(a b)(b E) and (E c)(c E), so that starts are [0, 3, 5].
    words = words_of(texts)
    starts = np.append(0, np.cumsum(words.counts + 1))
    tokens = np.full(int(starts[-1]) + 1, _EDGE, dtype=np.uint64)
    tokens[np.arange(len(words.hashes)) + words.texts + 1] = words.hashes
    return Shingles(mixed(tokens[:-1] * _PAIR + tokens[1:]), starts, words.counts)
