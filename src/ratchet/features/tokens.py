"""Texts to words: one pattern for a text alone, the same rule in NumPy for many texts at once.

A word is a run of letters, digits and underscores, a run of ``!`` and ``?``, or one pictograph.  For a batch no Python
object is made per word: the letters of all texts lie in one array of code points, words are found where their class
changes, and a word is known by a 64-bit hash of its code points.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Hashes, Ints
from ratchet.features.offsets import Span
from ratchet.features.offsets import spans as spans_of
from ratchet.hashing import mixed

_PICTOGRAPHS = ((0x2600, 0x27BF), (0x1F000, 0x1FAFF))
WORD = re.compile(r"\w+|[!?]+|[\u2600-\u27bf\U0001f000-\U0001faff]")
_BETWEEN, _LETTER, _MARK, _PICTOGRAPH = range(4)
SPACE = 32

Codes = npt.NDArray[np.uint32]

_TEXTS, _WORDS = 2_000, 500_000
"""Texts and words taken at once: enough to be fast, few enough to stay small."""
_LONGEST = 64
"""A power of two; in longer words the factors begin again."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of some texts, end to end."""

    codes: Codes
    """The code points of all texts, lower case, a line break between two texts."""
    starts: Ints
    """(words,) where each word begins in ``codes``."""
    lengths: Ints
    """(words,) its letters."""
    counts: Ints
    """(texts,) the words of each text."""

    def rows(self) -> Ints:
        """(words,) the text each word stands in."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    def spelled(self, which: Ints) -> list[str]:
        """Some of the words as strings."""
        text = decode(self.codes)
        starts, ends = self.starts[which], self.starts[which] + self.lengths[which]
        return [text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


def words(text: str | None) -> list[str]:
    """The words of one text.

    >>> words("Don't miss it!!")
    ['don', 't', 'miss', 'it', '!!']
    """
    return WORD.findall(text.lower()) if text else []


def spans(text: str | None) -> list[Span]:
    """`words`, each with its characters in the text as it was given."""
    return spans_of(text, text.lower(), WORD) if text else []


def tokens(texts: Sequence[str | None]) -> Tokens:
    """The words of many texts: those that `words` finds."""
    return together(_tokens, texts)


def together(cut: Callable[[Sequence[str | None]], Tokens], texts: Sequence[str | None]) -> Tokens:
    """What ``cut`` makes of many texts, some at a time."""
    parts = [cut(texts[first : first + _TEXTS]) for first in range(0, len(texts), _TEXTS)]
    if len(parts) == 1:
        return parts[0]
    firsts = np.cumsum([0, *(len(part.codes) for part in parts)])
    none = np.zeros(0, dtype=np.int64)
    return Tokens(
        np.concatenate([np.zeros(0, dtype=np.uint32), *(part.codes for part in parts)]),
        np.concatenate([none, *(part.starts + first for part, first in zip(parts, firsts, strict=False))]),
        np.concatenate([none, *(part.lengths for part in parts)]),
        np.concatenate([none, *(part.counts for part in parts)]),
    )


def _tokens(texts: Sequence[str | None]) -> Tokens:
    lower = [text.lower() if text else "" for text in texts]
    codes = encode("\n".join(lower))
    kinds = _classes()[codes]
    before = np.zeros_like(kinds)
    before[1:] = kinds[:-1]
    # The characters of "ab c!" are of the classes letter, letter, between, letter, mark, so that borders stand at 0, 2,
    # 3 and 4.  Words start at borders before a character of a word, [0, 3, 4], and stop at those behind one, [2, 4],
    # and at the end, 5: three words of [2, 1, 1] characters.
    borders = (kinds != before) | (kinds == _PICTOGRAPH)
    starts = np.flatnonzero(borders & (kinds != _BETWEEN))
    stops = np.flatnonzero(borders & (before != _BETWEEN))
    if len(stops) < len(starts):
        stops = np.append(stops, len(codes))
    ends = np.cumsum(np.fromiter(map(len, lower), np.int64, len(lower)) + 1)
    counts = np.diff(np.searchsorted(starts, ends), prepend=0)
    return Tokens(codes, starts, stops - starts, counts)


def spelled_out(words: Sequence[str]) -> Tokens:
    """Words, each as a text of its own that has no other."""
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    starts = np.cumsum(lengths + 1) - lengths - 1
    return Tokens(encode("\n".join(words)), starts, lengths, np.ones(len(words), dtype=np.int64))


def hashes(found: Tokens) -> Hashes:
    """(words,) a 64-bit hash of each word's code points."""
    blocks = range(0, len(found.starts), _WORDS)
    parts = [_hashes(found.codes, found.starts[i : i + _WORDS], found.lengths[i : i + _WORDS]) for i in blocks]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint64)


def _hashes(codes: Codes, starts: Ints, lengths: Ints) -> Hashes:
    """Sums of letters times a factor for their place in the word."""
    # The words of "ab c" start at [0, 3] and have [2, 1] letters, with places within a word of [0, 1, 2, 0].  A word's
    # sum is what all letters up to its end are in excess of all up to its start: sums modulo 2 ** 64 are exact.
    first, last = int(starts[0]), int(starts[-1] + lengths[-1])
    places = np.arange(last - first) - np.repeat(starts - first, np.diff(starts, append=last))
    letters = np.zeros(last - first + 1, dtype=np.uint64)
    np.multiply(_factors().take(places & (_LONGEST - 1)), codes[first:last], out=letters[1:])
    sums, starts = np.add.accumulate(letters), starts - first
    return mixed(sums[starts + lengths] - sums[starts] + lengths.astype(np.uint64))


def encode(text: str) -> Codes:
    """(letters,) code points."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def decode(codes: Codes) -> str:
    """The text of code points."""
    return codes.tobytes().decode("utf-32-le", "surrogatepass")


@cache
def _classes() -> npt.NDArray[np.uint8]:
    """The class of every code point, as `WORD` sees it."""
    table = np.zeros(0x110000, dtype=np.uint8)
    everything = decode(np.arange(0x110000, dtype=np.uint32))
    for low, high in _PICTOGRAPHS:
        table[low : high + 1] = _PICTOGRAPH
    for run in re.finditer(r"\w+", everything):
        table[run.start() : run.end()] = _LETTER
    table[[ord("!"), ord("?")]] = _MARK
    return table


@cache
def _factors() -> Hashes:
    """Odd 64-bit factors, one per place in a word."""
    return mixed(np.arange(1, _LONGEST + 1, dtype=np.uint64) << np.uint64(32)) | np.uint64(1)
