"""Contributions of an encoder's outputs, brought back to the words and columns of the row that was sent."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ratchet.arrays import Floats64, Ints
from ratchet.features import scripts
from ratchet.features.encoder import Columns, Located, Locating
from ratchet.features.prepared import Preparations
from ratchet.features.table import TableEncoder
from ratchet.models.contributions import Contributions
from ratchet.serving.explanation import Contribution
from ratchet.serving.request import Row

_MOST_SHOWN = 80
"""Characters of a value that are shown; of a text they say where it stands."""


def placed(
    encoder: TableEncoder, columns: Columns, row: Row, found: Contributions, texts: Preparations
) -> Iterator[Contribution]:
    """A contribution for each word and run of words, and each other column.

    ``columns`` is the one row as ``encoder`` reads it, ``texts`` how its text columns were made of those of ``row``.
    """
    dense, sparse = 0, encoder.widths[0]
    for name, own in encoder.parts.items():
        widths = own.widths
        rest = _within(found, dense, widths[0])[1].sum()
        outputs, values = _within(found, sparse, widths[1])
        dense, sparse = dense + widths[0], sparse + widths[1]
        text = columns[name][0]
        if isinstance(own, Locating):
            sums, absent = _by_place(own.located(text), outputs, values)
            yield from _words(name, text or "", sums, _Sources(name, text or "", row, texts))
            yield Contribution(name, None, float(rest + absent))
        else:
            yield Contribution(name, shown(row.get(name)), float(rest + values.sum()))


def shown(value: Any) -> str | None:
    """A value as it was sent, in few characters; None where it is missing."""
    if value is None:
        return None
    text = value if isinstance(value, str) else f"{len(value)} bytes" if isinstance(value, bytes) else repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 3]}..."


def _within(found: Contributions, first: int, width: int) -> tuple[Ints, Floats64]:
    """The outputs of one encoder, numbered from 0, and their values."""
    inside = (found.outputs >= first) & (found.outputs < first + width)
    return found.outputs[inside] - first, found.values[inside]


def _by_place(located: Located, outputs: Ints, values: Floats64) -> tuple[dict[tuple[int, int], float], float]:
    """What each place adds, and what all outputs add that come from no place."""
    # Output 7 adds 0.6 and comes from the places 0, 0 and 2: a third of it each, so that place 0 has 0.4.
    known, place = np.unique(located.outputs, return_inverse=True)
    at = np.searchsorted(known, outputs)
    here = at < len(known)
    here[here] = known[at[here]] == outputs[here]
    sums = np.bincount(at[here], values[here], len(known))
    each = (sums / np.maximum(np.bincount(place, minlength=len(known)), 1))[place]
    found: dict[tuple[int, int], float] = {}
    for of, value in zip(located.of.tolist(), each.tolist(), strict=True):
        found[located.places[of]] = found.get(located.places[of], 0.0) + value
    return found, float(values[~here].sum())


def _words(name: str, text: str, sums: Mapping[tuple[int, int], float], sources: _Sources) -> Iterator[Contribution]:
    for (start, end), value in sums.items():
        source = sources.find(start, end)
        if source is None:
            yield Contribution(name, shown(text[start:end]), value)
        else:
            column, given, begins, ends = source
            yield Contribution(column, shown(given[begins:ends]), value, begins, ends)


class _Sources:
    """Where the words of a text stand in the columns that it was made of.

    The words that cleaning left are looked for in those of the columns, in order; what it made anew, such as a base
    form, stands nowhere.
    """

    def __init__(self, name: str, text: str, row: Row, texts: Preparations) -> None:
        self._column, self._text = name, text
        self._made = name in texts
        if not self._made:
            return
        given = [(each, str(row[each])) for each in texts[name]["of"] if row.get(each) is not None]
        words = [(column, own, span) for column, own in given for span in scripts.spans(own)]
        places: dict[str, list[int]] = {}
        for at, (_, _, span) in enumerate(words):
            places.setdefault(span.word, []).append(at)
        self._begins, self._ends, last = dict[int, Any](), dict[int, Any](), -1
        for span in scripts.spans(text):
            own = places.get(span.word, [])
            at = bisect_right(own, last)
            if at < len(own):
                last = own[at]
                column, whole, found = words[last]
                self._begins[span.start], self._ends[span.end] = (column, whole, found.start), (column, found.end)

    def find(self, start: int, end: int) -> tuple[str, str, int, int] | None:
        """The column, its text, and the characters of it that [start, end) of the made text are."""
        if not self._made:
            return self._column, self._text, start, end
        begins, ends = self._begins.get(start), self._ends.get(end)
        if begins is None or ends is None or begins[0] != ends[0]:
            return None
        return begins[0], begins[1], begins[2], ends[1]
