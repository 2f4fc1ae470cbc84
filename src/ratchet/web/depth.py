"""How deep a JSON text is nested and how much is in it, found without reading it: reading makes of 16 MB of ``[],[],``
half a gigabyte, and of nests what other code, which calls itself for each level, breaks at.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

DEEPEST = 100
"""The most levels of a text that is taken: no table has more than a few, and Python gives up at about a thousand."""

_MARKS = b'[]{}",'
_OTHERS = bytes(each for each in range(256) if each not in _MARKS)
_PART = 1 << 20
_QUOTE = ord('"')
_STEP = np.zeros(256, np.int64)
_STEP[list(b"[{")], _STEP[list(b"]}")] = 1, -1
_BEGINS = np.zeros(256, bool)
_BEGINS[list(b"[{,")] = True


class Shape(NamedTuple):
    """What a JSON text comes to."""

    depth: int
    """The levels of arrays and objects."""
    values: int
    """At least as many values as there are in it, arrays and objects among them; keys are not counted."""


def too_deep(text: bytes) -> bool:
    """Whether a text is nested more than `DEEPEST` levels; costs a tenth of a microsecond where it has few brackets.

    >>> too_deep(b"[" * 101), too_deep(b'"' + b"[" * 101 + b'"')
    (True, False)
    """
    return text.count(b"[") + text.count(b"{") > DEEPEST and shape(text).depth > DEEPEST


def shape(text: bytes) -> Shape:
    r"""Levels and values of a text; what is within strings does not count.  Nothing is promised of what is no JSON.

    >>> shape(b'{"a": [1, 2], "[[\\"[": {}}')
    Shape(depth=2, values=6)
    """
    # All but [ ] { } , and the quotes of strings goes first.  {"a": [1, 2], "[[": {}} becomes  {""[,],"[["{}}  and
    # the quotes so far  0120002334444: odd within strings.  Where they are even, steps of +1 and -1 add up to levels.
    marks = np.frombuffer(_without_escapes(text).translate(None, _OTHERS), np.uint8)
    quotes = level = deepest = 0
    values = 1
    for start in range(0, len(marks), _PART):
        part = marks[start : start + _PART]
        so_far = np.cumsum(part == _QUOTE) + quotes
        outside = part[so_far % 2 == 0]
        levels = np.cumsum(_STEP[outside]) + level
        quotes, level = int(so_far[-1]), int(levels[-1]) if len(levels) else level
        deepest = max(deepest, int(levels.max(initial=0)))
        values += int(np.count_nonzero(_BEGINS[outside]))
    return Shape(deepest, values)


def _without_escapes(text: bytes) -> bytes:
    r"""Without ``\\`` and ``\"``, so that each quote that is left begins or ends a string."""
    return text.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in text else text
