"""Which models answer together: chosen and weighted on answers that each gave to rows it had not learned from.

Pure functions over those answers.  What the chosen models answer together is cross-fitted: the answers to a part of the
rows come from members and weights that were chosen on the other parts, so that their score is as honest as a model's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ratchet import clock
from ratchet.arrays import Floats64, Hashes, Ints, Labels, Probabilities
from ratchet.metrics.macro import MacroMetric
from ratchet.metrics.metric import Metric
from ratchet.models.ensemble import pooled, pooling_of

MOST_MEMBERS = 5
"""Every member answers every row: more would cost more time than they bring right answers."""
LEAST_SHARE = 0.05
"""Members that count for less are left out."""
PARTS = 5
"""Parts of rows that were all scored by one fold."""
_BAGS, _STEPS, _FIRST = 6, 20, 5
"""Bags of models, models chosen in each, and how many of the best it may begin with."""
_RIDGE = 1e-3


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """Models that answer together."""

    members: tuple[int, ...]
    """Their places among all, the weightiest first."""
    weights: Floats64
    """(members,), none negative."""
    probabilities: Probabilities
    """(rows, classes) what is answered together, cross-fitted."""


def choose_together(
    labels: Labels, answers: Sequence[Probabilities], parts: Ints, metric: Metric, *, way: str, seed: int
) -> Chosen:
    """The models to answer together, of those whose ``answers`` to the same rows are given.

    ``parts`` (rows,) says which rows are answered by a choice that has not seen them.  ``way`` is ``greedy`` or
    ``stacking``.
    """
    crossed = np.empty(answers[0].shape)
    for part in np.unique(parts):
        inside = parts == part
        weights = _WAYS[way](labels[~inside], [each[~inside] for each in answers], metric, seed)
        crossed[inside] = _together([each[inside] for each in answers], weights, way)
    weights = _WAYS[way](labels, answers, metric, seed)
    members = [int(each) for each in np.argsort(-weights, kind="stable") if weights[each] > 0]
    return Chosen(members=tuple(members), weights=weights[members], probabilities=crossed)


def parts_of(scored: Sequence[Ints], units: Hashes | None, seed: int) -> Ints:
    """(rows,) the part of each row that any fold scored, in the order of their indices.

    Folds are the parts; the rows of a single one are dealt out in `PARTS`, those of one unit of evidence together.

    >>> parts_of([np.array([0, 3]), np.array([1, 2])], None, 0).tolist()
    [0, 1, 1, 0]
    """
    rows = np.concatenate(scored)
    if len(scored) > 1:
        return np.repeat(np.arange(len(scored)), [len(each) for each in scored])[np.argsort(rows)]
    own = np.arange(len(rows)) if units is None else np.unique(units, return_inverse=True)[1]
    return np.asarray(clock.rng("ensemble parts", seed).permutation(int(own.max()) + 1)[own] % PARTS)


def most_promising(families: Sequence[str], scores: Sequence[float], *, most: int = 16, each: int = 3) -> list[int]:
    """The places of the models to choose from, best first: the best of all, and the best few of every family.

    ``scores`` are the better the higher.  Models of other families err elsewhere, and so help more than their scores
    say.
    """
    ranked = sorted(range(len(scores)), key=lambda place: (-scores[place], place))
    seen: dict[str, int] = {}
    kept = []
    for rank, place in enumerate(ranked):
        seen[families[place]] = seen.get(families[place], 0) + 1
        if rank < most or seen[families[place]] <= each:
            kept.append(place)
    return kept


def _together(answers: Sequence[Probabilities], weights: Floats64, way: str) -> Probabilities:
    used = np.flatnonzero(weights).tolist()
    return pooled([answers[each] for each in used], weights[used], pooling_of(way))


def _greedy(labels: Labels, answers: Sequence[Probabilities], metric: Metric, seed: int) -> Floats64:
    """(models,) weights: how often each is chosen, with replacement, in bags of half of the models.

    Caruana et al. 2004, "Ensemble Selection from Libraries of Models", sections 2.1 to 2.3.
    """
    value = _value(labels, metric)
    alone = np.array([value(each) for each in answers])
    ranked = np.argsort(-alone, kind="stable")
    size = min(len(answers), max(_FIRST, math.ceil(len(answers) / 2)))
    counts = np.zeros(len(answers))
    for bag in range(_BAGS):
        drawn = clock.rng("ensemble bag", seed, bag).permutation(len(answers))[:size]
        chosen = _steps([int(each) for each in ranked if each in drawn], answers, value)
        counts += np.bincount(chosen, minlength=len(answers)) / len(chosen)
    return _few(counts)


def _steps(ranked: Sequence[int], answers: Sequence[Probabilities], value: Callable[[Any], float]) -> list[int]:
    """The models chosen from a bag, best first: those to begin with, then one at a time, up to the best step."""
    # Of models worth .80 .79 .70 whose first two have .82 together, all three .78: begin with two.  Adding the first
    # again gives .83, then nothing gives more: the choice is [first, second, first].
    sums, prefixes = np.cumsum([answers[each] for each in ranked[:_FIRST]], axis=0), []
    for count, summed in enumerate(sums, 1):
        prefixes.append(value(summed / count))
    chosen = list(ranked[: int(np.argmax(prefixes)) + 1])
    total, best, kept = sums[len(chosen) - 1], max(prefixes), len(chosen)
    while len(chosen) < _STEPS:
        values = [value((total + answers[each]) / (len(chosen) + 1)) for each in ranked]
        at = int(np.argmax(values))
        chosen.append(ranked[at])
        total = total + answers[ranked[at]]
        if values[at] > best:
            best, kept = values[at], len(chosen)
    return chosen[:kept]


def _stacking(labels: Labels, answers: Sequence[Probabilities], metric: Metric, seed: int) -> Floats64:
    """(models,) weights of log-probabilities, none negative, of least log-loss.

    Under a metric in which classes count alike, their rows do so too.
    """
    counts = np.bincount(labels, minlength=answers[0].shape[1])
    rows = (1.0 / np.maximum(counts, 1))[labels] if isinstance(metric, MacroMetric) else np.ones(len(labels))
    rows = rows / rows.sum()
    first = _few(_least_loss(labels, answers, rows))
    used = np.flatnonzero(first).tolist()
    weights = np.zeros(len(answers))
    weights[used] = _least_loss(labels, [answers[each] for each in used], rows)
    if not weights.any():
        weights[used] = first[used]
    return weights


def _least_loss(labels: Labels, answers: Sequence[Probabilities], rows: Floats64) -> Floats64:
    from scipy.optimize import minimize

    logs = np.log(np.maximum(np.stack(answers), 1e-6))
    true = logs[:, np.arange(len(labels)), labels]

    def loss(weights: Floats64) -> tuple[float, Floats64]:
        scores = np.tensordot(weights, logs, axes=1)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        sums = powers.sum(axis=1)
        norms = scores.max(axis=1) + np.log(sums)
        # the slope by a weight: what that model says of the true class, less what it says of the classes expected
        expected = np.einsum("nk,mnk->mn", powers / sums[:, None], logs)
        slope = (expected - true) @ rows + 2 * _RIDGE * weights
        return float((norms - weights @ true) @ rows + _RIDGE * weights @ weights), slope

    start = np.full(len(answers), 1 / len(answers))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * len(answers))
    return np.asarray(found.x, dtype=np.float64)


def _few(weights: Floats64) -> Floats64:
    """The weightiest, of at least a few percent, together one; the others zero."""
    shares = weights / weights.sum() if weights.any() else np.full(len(weights), 1 / len(weights))
    ranked = np.argsort(-shares, kind="stable")
    kept = [each for each in ranked[:MOST_MEMBERS] if shares[each] >= min(LEAST_SHARE, shares[ranked[0]])]
    few = np.zeros(len(weights))
    few[kept] = shares[kept]
    return np.asarray(few / few.sum())


def _value(labels: Labels, metric: Metric) -> Callable[[Any], float]:
    """What a metric says of answers, the better the higher; what cannot be measured is worst."""
    sign = 1.0 if metric.higher_is_better else -1.0

    def value(answers: Probabilities) -> float:
        found = sign * metric.value(labels, answers)
        return found if np.isfinite(found) else -math.inf

    return value


_WAYS: Mapping[str, Callable[[Labels, Sequence[Probabilities], Metric, int], Floats64]] = {
    "greedy": _greedy,
    "stacking": _stacking,
}
