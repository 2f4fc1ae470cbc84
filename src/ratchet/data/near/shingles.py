"""Texts as sets of hashed pairs of neighbouring words ("shingles": Broder 1997), whole batches at once in NumPy.

A word is a run of letters and digits whatever their case; a Chinese, Japanese or Korean character is a word of its own.
The beginning and the end of a text count as words, so that a text of n words has n + 1 pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from ratchet.data.rowhash import mixed

Hashes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)
_EDGE = np.uint64(0x2545F4914F6CDD1D)
_PAIR = np.uint64(0xC2B2AE3D27D4EB4F)


def _tables() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """For each byte: its lower case, and whether it belongs to a word."""
    lower = np.arange(256, dtype=np.uint8)
    lower[ord("A") : ord("Z") + 1] += 32
    letter = np.zeros(256, dtype=bool)
    for first, last in (("0", "9"), ("A", "Z"), ("a", "z")):
        letter[ord(first) : ord(last) + 1] = True
    letter[0x80:] = True
    return lower, letter


_LOWER, _LETTER = _tables()


@dataclass(frozen=True, slots=True)
class Shingles:
    """The pairs of words of some texts, end to end: those of text i are ``pairs[starts[i]:starts[i + 1]]``."""

    pairs: Hashes
    starts: Ints
    words: Ints
    """(texts,) how many words each has."""


def shingles(texts: pl.Series) -> Shingles:
    """The pairs of words of each text (no nulls); repeated pairs stay."""
    lengths = texts.str.len_bytes().to_numpy().astype(np.int64)
    raw = np.frombuffer("".join(texts.to_list()).encode(), dtype=np.uint8)
    ends_of_texts = np.cumsum(lengths)
    hashes, begins = _words(raw, ends_of_texts)
    per_text = np.diff(np.searchsorted(begins, ends_of_texts), prepend=0)
    starts = np.append(0, np.cumsum(per_text + 1))
    tokens = np.full(int(starts[-1]) + 1, _EDGE, dtype=np.uint64)
    of_text = np.repeat(np.arange(len(per_text)), per_text)
    tokens[np.arange(len(hashes)) + of_text + 1] = hashes
    pairs = mixed(tokens[:-1] * _PAIR + tokens[1:])
    return Shingles(pairs, starts, per_text)


def _words(raw: npt.NDArray[np.uint8], ends_of_texts: Ints) -> tuple[Hashes, Ints]:
    """The hash of each word and the byte where it begins."""
    size = len(raw)
    inside = _letters(raw)
    edge = np.ones(size + 1, dtype=bool)  # where a word may not go on: no letter, a new text, a character of its own
    edge[:-1] = ~inside | ((raw >= 0xE3) & (raw <= 0xED))  # first bytes of Chinese, Japanese and Korean characters
    edge[ends_of_texts] = True
    before = np.append(False, inside[:-1])
    begins = np.flatnonzero(inside & (~before | edge[:-1]))
    ends = np.flatnonzero(inside & edge[1:]) + 1
    sums = np.zeros(size + 1, dtype=np.uint64)
    np.cumsum((_LOWER[raw].astype(np.uint64) + np.uint64(1)) * _powers(_BASE, size), out=sums[1:])
    hashes = (sums[ends] - sums[begins]) * _powers(_INVERSE, size)[begins]
    return mixed(hashes), begins


def _letters(raw: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Which bytes belong to words: not those of typographic quotes, dashes and no-break spaces."""
    inside = _LETTER[raw]
    general = np.flatnonzero((raw[:-2] == 0xE2) & (raw[1:-1] == 0x80))
    latin = np.flatnonzero((raw[:-1] == 0xC2) & (raw[1:] >= 0xA0))
    for places, width in ((general, 3), (latin, 2)):
        for offset in range(width):
            inside[places + offset] = False
    return inside


_known: dict[int, Hashes] = {}


def _powers(base: int, count: int) -> Hashes:
    """The first powers of an odd number, modulo 2**64; kept, since every batch needs them."""
    have = _known.get(base)
    if have is None or len(have) < count:
        factors = np.full(max(count, 1), base, dtype=np.uint64)
        factors[0] = 1
        have = _known[base] = np.cumprod(factors)
    return have[:count]
