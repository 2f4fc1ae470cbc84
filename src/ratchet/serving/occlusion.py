"""Occlusion: how much less a score is without each word and each column; for models that cannot be taken apart.

After Zeiler, Fergus 2014, "Visualizing and Understanding Convolutional Networks", section 4.2.  What two words say only
together is seen at neither of them, so that these differences do not add up to the score.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from ratchet import clock
from ratchet.arrays import Floats64
from ratchet.features import scripts
from ratchet.kinds.kind import Kind
from ratchet.serving.explanation import Contribution
from ratchet.serving.placed import shown
from ratchet.serving.predictor import Predictor
from ratchet.serving.request import Row

SECONDS = 2.0
"""How long may be asked; what was not asked by then is left unasked."""
MOST = 200
"""Pieces of a text that are left out one by one; in longer texts a piece is several words."""
_AT_ONCE = 16
_SURE = 1e-12


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """What was found by leaving out."""

    margin: float
    """The log-odds of the class."""
    parts: list[Contribution]
    unasked: int


def occluded(predictor: Predictor, row: Row, label: int, *, seconds: float = SECONDS) -> LeftOut:
    """What each piece of a row adds to the log-odds of class ``label``, as far as ``seconds`` last."""
    ends = clock.monotonic() + seconds
    (margin,) = _margins(predictor, [row], label)
    pieces = [each for name in predictor.reads for each in _pieces(name, predictor.schema.features[name], row)]
    found: list[Contribution] = []
    for start in range(0, len(pieces), _AT_ONCE):
        if start and clock.monotonic() > ends:
            break
        some = pieces[start : start + _AT_ONCE]
        lost = margin - _margins(predictor, [_without(row, each) for each in some], label)
        found += [replace(each, contribution=value) for each, value in zip(some, lost.tolist(), strict=True)]
    return LeftOut(margin=float(margin), parts=found, unasked=len(pieces) - len(found))


def _margins(predictor: Predictor, rows: Sequence[Row], label: int) -> Floats64:
    """(rows,) the log-odds of a class."""
    own = np.clip(predictor.probabilities(predictor.columns(rows))[:, label], _SURE, 1 - _SURE)
    return np.asarray(np.log(own) - np.log1p(-own))


def _pieces(name: str, kind: Kind, row: Row) -> Iterator[Contribution]:
    """What of a column is left out at a time."""
    value = row.get(name)
    if kind is not Kind.TEXT or value is None:
        yield Contribution(name, shown(value), 0.0)
        return
    words = scripts.spans(value)
    step = -(-len(words) // MOST)
    for first in range(0, len(words), step or 1):
        start, end = words[first].start, words[min(first + step, len(words)) - 1].end
        yield Contribution(name, shown(value[start:end]), 0.0, start, end)


def _without(row: Row, piece: Contribution) -> Row:
    if piece.start is None:
        return {**row, piece.column: None}
    text = row[piece.column]
    return {**row, piece.column: text[: piece.start] + text[piece.end :]}
