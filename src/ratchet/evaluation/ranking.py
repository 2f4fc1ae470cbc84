"""How well rows are ranked by a class's probability: ROC and precision-recall curves with bands, and the top tenth.

Each curve is measured at fixed places, so that it is small however many rows there are: the share of the class found
when so many of the others are taken for it (ROC), and the share that is right when so much of the class is found
(precision-recall), each with the interval of a share at 95 %, by units of evidence.  A band holds pointwise.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ratchet.arrays import Bools, Floats64, Hashes, Labels, Probabilities
from ratchet.evaluation.scorecard import CurvePoint, Ranking
from ratchet.statistics.measured import Measured
from ratchet.statistics.shares import share_of
from ratchet.statistics.units import numbered

MOST_CLASSES = 6
"""Of more classes none is drawn: nobody reads so many lines."""
_FALSE = (0.0, 0.01, 0.02, 0.04, 0.07, *(round(0.05 * step, 2) for step in range(2, 21)))
_FOUND = tuple(round(0.05 * step, 2) for step in range(1, 21))


def ranking(
    classes: Sequence[str],
    labels: Labels,
    probabilities: Probabilities,
    *,
    positive: int | None = None,
    units: Hashes | None = None,
) -> tuple[Ranking, ...]:
    """The curves of the positive one of two classes, or of each of a few against the others.

    ``labels`` (rows,), ``probabilities`` (rows, classes); classes without rows, or without others, are left out.
    """
    if len(classes) > MOST_CLASSES:
        return ()
    drawn = [positive] if len(classes) == 2 and positive is not None else range(len(classes))
    return tuple(
        _of(classes[at], labels == at, probabilities[:, at], units)
        for at in drawn
        if 0 < int((labels == at).sum()) < len(labels)
    )


def _of(name: str, own: Bools, scores: Floats64, units: Hashes | None) -> Ranking:
    inside, others = np.sort(scores[own])[::-1], np.sort(scores[~own])[::-1]
    roc = [_point(at, _share(scores > _limit(others, at), own, units)) for at in _FALSE]
    found = [_point(at, _share(own, scores >= _lowest(inside, at), units)) for at in _FOUND]
    surest = np.zeros(len(own), dtype=bool)
    surest[np.argsort(-scores, kind="stable")[: max(round(len(own) / 10), 1)]] = True
    return Ranking(
        name=name,
        share=float(own.mean()),
        roc=tuple(roc),
        precision_recall=tuple(found),
        top_tenth=_share(surest, own, units),
    )


def _limit(scores: Floats64, share: float) -> float:
    """Above which score at most a ``share`` of ``scores``, largest first, lie."""
    # Of .9 .6 .4 .1 a share of .5 lies above .4, and none above .9; all lie above less than the least.
    allowed = int(share * len(scores) + 1e-9)
    return float(scores[allowed]) if allowed < len(scores) else -1.0


def _lowest(scores: Floats64, share: float) -> float:
    """The score from which on a ``share`` of ``scores``, largest first, is reached."""
    return float(scores[max(int(np.ceil(share * len(scores) - 1e-9)), 1) - 1])


def _share(found: Bools, inside: Bools, units: Hashes | None) -> Measured:
    return share_of(found[inside], None if units is None else numbered(units[inside]))


def _point(at: float, measured: Measured) -> CurvePoint:
    value, low, high = (round(each, 5) for each in (measured.value, measured.low, measured.high))
    return CurvePoint(at=at, value=value, low=low, high=high)
