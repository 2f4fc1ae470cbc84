"""Would more labels help, and how many: a power law through scores of models that learned from more and more rows.

The error of a model falls with its rows n as a + b * n^-c (Viering & Loog 2022, "The Shape of Learning Curves: a
Review", section 4; Figueroa et al. 2012, "Predicting sample size required for classification performance").  The
intervals are those of a bootstrap over folds, widened for how few they are; what lies beyond the rows there are is an
extrapolation all the same, and nothing is said of more than ten times as many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ratchet import clock
from ratchet.arrays import Floats64
from ratchet.metrics.metric import Metric
from ratchet.statistics.measured import Measured

MOST_TIMES = 10.0
"""As far as it is extrapolated, in rows there are."""
POINT = 0.01
_DRAWS = 1_000
_EXPONENTS = np.linspace(0.05, 2.0, 79)
_METHOD = "power law, bootstrap over folds"


@dataclass(frozen=True, kw_only=True, slots=True)
class RowsForMore:
    """How many labelled rows there would have to be in all, those held out too.

    An end is None where that is more than is looked at.
    """

    rows: int | None
    low: int | None
    high: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CurveOfRows:
    """Scores by rows learned from, and what they say of more rows."""

    metric: str
    rows: int
    """Rows that there are to learn from."""
    labels: int
    """Labelled rows that there are in all, those held out too: what sentences count in."""
    points: tuple[Measured, ...]
    """The metric, out of fold; ``n`` is the rows learned from, not those it was measured on."""
    folds: int
    doubled: Measured
    """What twice the rows would bring, in the metric (above nothing: better)."""
    for_a_point: RowsForMore
    """How many rows would make it 0.01 better."""
    sentence: str = ""


def curve_of_rows(
    metric: Metric, learned: Sequence[int], scores: Floats64, *, rows: int, labels: int | None = None, seed: int = 0
) -> CurveOfRows:
    """What ``scores`` (folds, sizes) of models that learned from ``learned`` (sizes,) rows say of more than ``rows``.

    ``labels`` are all labelled rows, of which ``rows`` are to learn from; the others are held out, as many for each row
    to learn from as now however many there will be.  At least two folds and three sizes; raises `ValueError` for fewer.
    """
    if scores.shape[0] < 2 or scores.shape[1] < 3:
        raise ValueError(f"a curve needs two folds and three sizes, not {scores.shape}")
    sign = 1.0 if metric.higher_is_better else -1.0
    best = metric.bounds[1] if metric.higher_is_better else 0.0
    errors, sizes = sign * (best - scores), np.asarray(learned, dtype=np.float64)
    folds = len(errors)
    drawn = clock.rng("learning curve", seed).integers(0, folds, (_DRAWS, folds))
    # Five folds drawn with replacement spread less than their mean does, and two far less: t instead of normal.
    from scipy import stats

    wider = float(stats.t.ppf(0.975, folds - 1) / 1.959964 * np.sqrt(folds / (folds - 1)))
    middle = errors.mean(axis=0)
    means = middle + wider * (errors[drawn].mean(axis=1) - middle)
    laws = fitted(sizes, np.vstack([middle, means]))
    gains = at(laws, rows) - at(laws, 2 * rows)
    labelled = rows if labels is None else labels
    needed = _needed(laws, rows) * (labelled / rows)
    return CurveOfRows(
        metric=metric.name,
        rows=rows,
        labels=labelled,
        points=tuple(_point(best, sign, middle[k], means[:, k], int(sizes[k])) for k in range(len(sizes))),
        folds=folds,
        doubled=_measured(float(gains[0]), gains[1:], rows),
        for_a_point=_rows_for_more(needed),
    )


def fitted(sizes: Floats64, errors: Floats64) -> Floats64:
    """(curves, 3) a, b and c of the law nearest to each row of ``errors`` (curves, sizes); a and b are not negative.

    Least squares, each size weighed by the root of its rows: scores of few rows scatter more.
    """
    weights = np.sqrt(sizes) / np.sqrt(sizes).sum()
    best, laws = np.full(len(errors), np.inf), np.zeros((len(errors), 3))
    for c in _EXPONENTS:
        powers = (sizes / sizes[-1]) ** -c
        floor, scale = _line(powers, errors, weights)
        missed = (weights * (errors - floor[:, None] - scale[:, None] * powers) ** 2).sum(axis=1)
        better = missed < best - 1e-15
        best = np.where(better, missed, best)
        law = np.column_stack([floor, scale * sizes[-1] ** c, np.full(len(errors), c)])
        laws = np.where(better[:, None], law, laws)
    return laws


def at(laws: Floats64, rows: float) -> Floats64:
    """(curves,) the error at so many rows."""
    return np.asarray(laws[:, 0] + laws[:, 1] * rows ** -laws[:, 2])


def _line(powers: Floats64, errors: Floats64, weights: Floats64) -> tuple[Floats64, Floats64]:
    """(curves,) floor and scale of the line through errors over powers, neither negative."""
    middle = float(weights @ powers)
    centred = powers - middle
    scale = np.maximum(errors @ (weights * centred) / float(weights @ centred**2), 0.0)
    floor = errors @ weights - scale * middle
    through_nothing = errors @ (weights * powers) / float(weights @ powers**2)
    return np.maximum(floor, 0.0), np.where(floor < 0, through_nothing, scale)


def _needed(laws: Floats64, rows: int) -> Floats64:
    """(curves,) the rows at which the error is `POINT` less than at ``rows``; infinite beyond `MOST_TIMES` as many."""
    room = at(laws, rows) - POINT - laws[:, 0]
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        found = np.where(room > 0, (laws[:, 1] / np.where(room > 0, room, 1.0)) ** (1 / laws[:, 2]), np.inf)
    return np.where(found > MOST_TIMES * rows, np.inf, found)


def _rows_for_more(needed: Floats64) -> RowsForMore:
    ends = np.sort(needed[1:])[[int(0.025 * _DRAWS), int(0.975 * _DRAWS) - 1]]
    rows, low, high = (int(np.ceil(each)) if np.isfinite(each) else None for each in (needed[0], *ends))
    return RowsForMore(rows=rows, low=low, high=high)


def _point(best: float, sign: float, error: float, errors: Floats64, rows: int) -> Measured:
    return _measured(best - sign * error, best - sign * errors, rows)


def _measured(value: float, values: Floats64, rows: int) -> Measured:
    low, high = np.quantile(values, [0.025, 0.975])
    return Measured(value=value, low=min(float(low), value), high=max(float(high), value), n=rows, method=_METHOD)


def in_words(curve: CurveOfRows, metric: Metric) -> str:
    """What more labels would bring, in two sentences; in points of a hundred where the metric is a share."""
    gain, needed, share = curve.doubled, curve.for_a_point, metric.bounds == (0.0, 1.0)
    each = [f"{100 * end:+.1f}" if share else f"{end:+.3f}" for end in (gain.value, gain.low, gain.high)]
    what, more = (f"points of {metric.prose}", "A point more") if share else (f"of {metric.prose}", "0.01 more")
    twice = f"Twice the labels ({2 * curve.labels:,} in all)"
    first = f"{twice} would make it {each[0]} {what} better ({each[1]} to {each[2]})."
    if needed.rows is None:
        return f"{first} {more} is not in sight within {MOST_TIMES:g} times the labels."
    far = f"more than {MOST_TIMES * curve.labels:,.0f}"
    least, most = (far if each is None else f"{each:,}" for each in (needed.low, needed.high))
    return f"{first} {more} would take about {needed.rows:,} labels in all ({least} to {most})."
