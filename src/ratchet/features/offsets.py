"""Where in a text, as it was given, the words stand that an encoder finds in its lowered and composed form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

Place = tuple[int, int]
"""The characters [start, end) of a text."""


class Span(NamedTuple):
    """A word and its characters [start, end) in the text."""

    word: str
    start: int
    end: int


def spans(text: str, made: str, pattern: re.Pattern[str]) -> list[Span]:
    """What a pattern finds in ``made``, which is ``text`` in lower case and perhaps composed, by its place in ``text``.

    >>> spans("SO  good", "so  good", re.compile("[a-z]+"))
    [Span(word='so', start=0, end=2), Span(word='good', start=4, end=8)]
    """
    places = origins(text, made)
    return [
        Span(found[0], places[found.start()][0], places[found.end() - 1][1])
        for found in pattern.finditer(made)
        if found[0]
    ]


def origins(text: str, made: str) -> list[Place]:
    """The characters of ``text`` that each character of ``made`` comes from."""
    low = text.lower()
    at = list(range(len(low)))
    if len(low) != len(text):  # the capital I with a dot becomes two characters
        at = [place for place, letter in enumerate(text) for _ in letter.lower()]
    if made == low:
        return [(place, place + 1) for place in at]
    return [(at[start], at[end - 1] + 1) for start, end in _composed(low)]


def _composed(low: str) -> Iterator[Place]:
    """The characters of ``low`` that each character of its composed form comes from."""
    start = 0
    for cluster in _clusters(low):
        own, end = unicodedata.normalize("NFC", cluster), start + len(cluster)
        same = _common(cluster, own)
        behind = _common(cluster[same:][::-1], own[same:][::-1])
        middle = len(own) - same - behind
        yield from ((start + place, start + place + 1) for place in range(same))
        # Of "e", acute and "!" the first two are one character: "e" and acute both lead to it.
        inner = (start + same, end - behind) if start + same < end - behind else (start, end)
        yield from [inner] * middle
        yield from ((end - behind + place, end - behind + place + 1) for place in range(behind))
        start = end


def _common(left: str, right: str) -> int:
    """How many characters two texts begin with in common."""
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count


def _clusters(low: str) -> Iterator[str]:
    """A text in pieces that are composed apart as they are together."""
    held = ""
    for piece in _from_starters(low):
        if held and (piece[0].isascii() or not _compose(held, piece)):
            yield held
            held = ""
        held += piece
    if held:
        yield held


def _from_starters(low: str) -> Iterator[str]:
    """A text cut before each character that no mark can be moved across."""
    start = 0
    for place, letter in enumerate(low):
        if place and (letter.isascii() or not unicodedata.combining(unicodedata.normalize("NFD", letter)[0])):
            yield low[start:place]
            start = place
    if low:
        yield low[start:]


def _compose(left: str, right: str) -> bool:
    whole = unicodedata.normalize("NFC", left + right)
    return whole != unicodedata.normalize("NFC", left) + unicodedata.normalize("NFC", right)
