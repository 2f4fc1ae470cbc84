"""Texts cut into words, hashed, whole batches at once in NumPy.

A word is a run of letters and digits, whatever their case; a Chinese, Japanese or Korean character is a word of its
own.  Bytes beyond ASCII count as letters, but for typographic quotes, dashes and no-break spaces.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from ratchet.arrays import Bools, Hashes, Ints
from ratchet.hashing import mixed

_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)
_BATCH = 1_000_000
"""Bytes cut at a time: eight of working memory go with each."""
_LETTER = np.array([byte >= 0x80 or chr(byte).isalnum() for byte in range(256)])


@dataclass(frozen=True, slots=True)
class WordArray:
    """The words of some texts, end to end, in order."""

    hashes: Hashes
    counts: Ints
    """(texts,) how many words each has."""
    raw: bytes
    begins: Ints
    ends: Ints

    @property
    def texts(self) -> Ints:
        """The text each word stands in."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    def word(self, place: int) -> str:
        """The word at a place, in lower case."""
        return self.raw[self.begins[place] : self.ends[place]].decode(errors="replace")


def words_of(texts: pl.Series) -> WordArray:
    """The words of each text (no nulls); equal words have equal hashes, on every machine."""
    lowered = texts.str.to_lowercase()
    parts = [_cut(lowered[begin:end]) for begin, end in batches(lowered, _BATCH)]
    if len(parts) == 1:
        return parts[0]
    offsets = np.cumsum([0, *(len(part.raw) for part in parts)])[:-1]
    none = np.zeros(0, dtype=np.int64)
    return WordArray(
        hashes=np.concatenate([none.view(np.uint64), *(part.hashes for part in parts)]),
        counts=np.concatenate([none, *(part.counts for part in parts)]),
        raw=b"".join(part.raw for part in parts),
        begins=np.concatenate([none, *(part.begins + offset for part, offset in zip(parts, offsets, strict=True))]),
        ends=np.concatenate([none, *(part.ends + offset for part, offset in zip(parts, offsets, strict=True))]),
    )


def batches(texts: pl.Series, size: int) -> Iterator[tuple[int, int]]:
    """Runs of texts of about ``size`` bytes each, as (begin, end)."""
    ends = np.cumsum(texts.str.len_bytes().to_numpy().astype(np.int64) + 1)
    cuts = np.flatnonzero(np.diff(ends // size)) + 1
    for begin, end in itertools.pairwise([0, *cuts.tolist(), len(texts)]):
        if end > begin:
            yield begin, end


def _cut(texts: pl.Series) -> WordArray:
    """The words of a batch of lower-case texts: their hashes are differences of running sums over all letters."""
    raw = "".join(texts.to_list()).encode()
    ends_of_texts = np.cumsum(texts.str.len_bytes().to_numpy().astype(np.int64))
    letters = np.frombuffer(raw, dtype=np.uint8)
    begins, ends = _bounds(letters, ends_of_texts)
    # With base B the running sum at a place counts each letter before it, at place i, as (letter + 1) * B**i.  The sum
    # over "ab" at place 4 is (a + 1) * B**4 + (b + 1) * B**5; times B**-4 it is what "ab" gives anywhere else.
    sums = np.zeros(len(raw) + 1, dtype=np.uint64)
    np.cumsum((letters + np.uint64(1)) * _powers(_BASE, len(raw)), out=sums[1:])
    hashes = mixed((sums[ends] - sums[begins]) * _powers(_INVERSE, len(raw))[begins])
    return WordArray(hashes, np.diff(np.searchsorted(begins, ends_of_texts), prepend=0), raw, begins, ends)


def _bounds(raw: npt.NDArray[np.uint8], ends_of_texts: Ints) -> tuple[Ints, Ints]:
    """Where words begin and end, in bytes."""
    # "ab c" has letters at 0, 1 and 3 and edges at 2 and, behind the end, 4: words begin at letters behind no letter,
    # 0 and 3, and end behind letters before an edge, 2 and 4.
    inside = _inside(raw)
    edge = np.ones(len(raw) + 1, dtype=bool)  # where no word goes on: no letter, a new text, a character of its own
    edge[:-1] = ~inside | ((raw >= 0xE3) & (raw <= 0xED))  # first bytes of Chinese, Japanese and Korean characters
    edge[ends_of_texts] = True
    after_letter = np.zeros(len(raw), dtype=bool)
    after_letter[1:] = inside[:-1]
    return np.flatnonzero(inside & (~after_letter | edge[:-1])), np.flatnonzero(inside & edge[1:]) + 1


def _inside(raw: npt.NDArray[np.uint8]) -> Bools:
    # Quotes and dashes are the three bytes E2 80 xx, no-break spaces and the like the two bytes C2 A0 to C2 BF: where
    # one starts, its bytes are put outside again, since all bytes from 80 on were taken for letters.
    inside = _LETTER[raw]
    general = np.flatnonzero((raw[:-2] == 0xE2) & (raw[1:-1] == 0x80))
    latin = np.flatnonzero((raw[:-1] == 0xC2) & (raw[1:] >= 0xA0))
    for places, width in ((general, 3), (latin, 2)):
        for offset in range(width):
            inside[places + offset] = False
    return inside


_known: dict[int, Hashes] = {}


def _powers(base: int, count: int) -> Hashes:
    """The first powers of an odd number, modulo 2**64; those that every batch needs are kept."""
    have = _known.get(base)
    if have is None or len(have) < count:
        factors = np.full(max(count, 2 * _BATCH), base, dtype=np.uint64)
        factors[0] = 1
        have = np.cumprod(factors)
        _known[base] = have[: 2 * _BATCH].copy()
    return have[:count]
