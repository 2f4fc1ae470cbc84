"""Texts to words in every script: `ratchet.features.tokens` once more, with marks, emoticons and emoji.

A word is a run of letters with their marks (the vowel signs of Devanagari, Thai or Arabic), digits and underscores; a
run of ``!`` and ``?``; an emoticon such as ``:-)``; a flag; or one pictograph, without skin tone and selectors, so that
a joined family is its members.  Letters are lower case, and composed (NFC).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Bools, Ints
from ratchet.features.offsets import Span
from ratchet.features.offsets import spans as spans_of
from ratchet.features.tokens import Codes, Tokens, decode, encode, together

_BETWEEN, _LETTER, _MARK, _PICTOGRAPH, _FLAG, _EYES, _FACE = range(7)
_PICTOGRAPHS = ((0x2600, 0x27BF), (0x1F000, 0x1F1E5), (0x1F200, 0x1F3FA), (0x1F400, 0x1FAFF))
_FLAGS = (0x1F1E6, 0x1F1FF)
_WITH_MARKS = ((0x0300, 0x20CF), (0x20F1, 0xFDFF), (0xFE10, 0x1F000))
"""Where marks are looked for: not among enclosing keycaps and selectors."""

_NOSES, _MOUTHS, _SAID, _SLANTED = "-'^", ")(|*][}{", "dpo3", "/\\"
"""Of an emoticon, in lower case.  A mouth that may be a letter or a slash is one only where no word touches it."""


def words(text: str | None) -> list[str]:
    """The words of one text.

    >>> words("J'aime ça :-) <3 !!")
    ['j', 'aime', 'ça', ':-)', '<3', '!!']
    """
    if not text:
        return []
    lower = _lowered(text)
    return (_ASCII if lower.isascii() else _pattern()).findall(lower)


def spans(text: str | None) -> list[Span]:
    """`words`, each with its characters in the text as it was given.

    >>> spans("Ça va :-)")[::2]
    [Span(word='ça', start=0, end=2), Span(word=':-)', start=6, end=9)]
    """
    if not text:
        return []
    lower = _lowered(text)
    return spans_of(text, lower, _ASCII if lower.isascii() else _pattern())


def tokens(texts: Sequence[str | None]) -> Tokens:
    """The words of many texts: those that `words` finds."""
    return together(_tokens, texts)


def _lowered(text: str) -> str:
    low = text.lower()
    return low if low.isascii() else unicodedata.normalize("NFC", low)


def _tokens(texts: Sequence[str | None]) -> Tokens:
    lower = list(map(_lowered, [text or "" for text in texts]))
    codes = encode("\n".join(lower))
    kinds = _classes().take(codes)
    faces = _faces(codes, kinds)
    if len(faces):
        for offset in range(3):
            kinds[faces[faces[:, 1] > offset, 0] + offset] = _FACE
    kinds[kinds == _EYES] = _BETWEEN
    before = np.zeros_like(kinds)
    before[1:] = kinds[:-1]
    # As in `ratchet.features.tokens`: words start at borders before a character of a word, and stop at those behind
    # one.  Of ":):d" the classes are four times face: a border stands where the second begins, too.
    borders = (kinds != before) | (kinds == _PICTOGRAPH)
    borders[faces[:, 0]] = True
    starts = np.flatnonzero(borders & (kinds != _BETWEEN))
    stops = np.flatnonzero(borders & (before != _BETWEEN))
    if len(stops) < len(starts):
        stops = np.append(stops, len(codes))
    ends = np.cumsum(np.fromiter(map(len, lower), np.int64, len(lower)) + 1)
    counts = np.diff(np.searchsorted(starts, ends), prepend=0)
    return Tokens(codes, starts, stops - starts, counts)


def _faces(codes: Codes, kinds: npt.NDArray[np.uint8]) -> Ints:
    """(emoticons, 2) where each begins, and its length."""
    # In "hi :-) <3" eyes stand at places 3 and 7; behind those at 3 comes a nose, so that the mouth is at 5.
    eyes = np.flatnonzero(kinds == _EYES)
    if not len(eyes):
        return np.zeros((0, 2), dtype=np.int64)
    around = np.zeros(len(codes) + 4, dtype=np.uint32)
    around[1:-3] = codes
    letters = np.zeros(len(around), dtype=bool)
    letters[1:-3] = kinds == _LETTER
    at = eyes + 1
    heart = around[at] == ord("<")
    nose = np.where(heart, around[at + 1] == ord("/"), _any_of(around[at + 1], _NOSES))
    mouth = at + 1 + nose
    alone = ~letters[at - 1] & ~letters[mouth + 1]
    found = _any_of(around[mouth], _MOUTHS) | (alone & _any_of(around[mouth], _SAID))
    found |= alone & _any_of(around[mouth], _SLANTED) & (around[mouth + 1] != ord("/"))
    found = np.where(heart, alone & (around[mouth] == ord("3")), found)
    return np.stack([eyes[found], (2 + nose)[found]], axis=1)


def _any_of(codes: Codes, characters: str) -> Bools:
    return np.asarray((codes[:, None] == encode(characters)).any(axis=1))


@cache
def _pattern() -> re.Pattern[str]:
    """What `words` finds."""
    pictographs = "".join(f"{chr(low)}-{chr(high)}" for low, high in _PICTOGRAPHS)
    flags = f"{chr(_FLAGS[0])}-{chr(_FLAGS[1])}"
    letter = rf"[\w{_ranges(np.flatnonzero(_marks()))}]"
    return re.compile(f"{_plain(letter)}|[{flags}]+|[{pictographs}]")


def _plain(letter: str) -> str:
    """The pattern of words, marks and emoticons, for these letters."""
    nose, mouth, slanted = (f"[{re.escape(each)}]" for each in (_NOSES, _MOUTHS, _SLANTED))
    faces = (
        rf"(?=[:;=<])(?:[:;=]{nose}?{mouth}"
        rf"|(?<!{letter})[:;=]{nose}?(?:[{_SAID}]|{slanted}(?!/))(?!{letter})"
        rf"|(?<!{letter})</?3(?!{letter}))"
    )
    return f"{letter}+|[!?]+|{faces}"


@cache
def _classes() -> npt.NDArray[np.uint8]:
    """The class of every code point, as the pattern sees it; of eyes, what may begin an emoticon."""
    table = np.zeros(0x110000, dtype=np.uint8)
    for run in re.finditer(r"\w+", decode(np.arange(0x110000, dtype=np.uint32))):
        table[run.start() : run.end()] = _LETTER
    for low, high in _PICTOGRAPHS:
        letters = table[low : high + 1] == _LETTER
        table[low : high + 1] = np.where(letters, _LETTER, _PICTOGRAPH)
    table[_FLAGS[0] : _FLAGS[1] + 1] = _FLAG
    table[_marks()] = _LETTER
    table[[ord("!"), ord("?")]] = _MARK
    table[[ord(each) for each in ":;=<"]] = _EYES
    return table


@cache
def _marks() -> Bools:
    """(code points,) which are marks of letters: of the category M, and no selectors."""
    found = np.zeros(0x110000, dtype=bool)
    for low, high in _WITH_MARKS:
        found[low:high] = [unicodedata.category(chr(code))[0] == "M" for code in range(low, high)]
    return found


def _ranges(codes: Ints) -> str:
    """Code points as ranges for a set of a pattern."""
    breaks = np.flatnonzero(np.diff(codes) > 1) + 1
    return "".join(f"{chr(int(run[0]))}-{chr(int(run[-1]))}" for run in np.split(codes, breaks))


_ASCII = re.compile(_plain("[a-z0-9_]"))
"""The same for texts of ASCII alone, in a third of the time."""
