"""Which rows a trial learns from and which it is scored on."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ratchet import clock
from ratchet.arrays import Bools, Ints, Labels

MOST_ROWS = 20_000
"""Tables of more development rows than this are not cross-validated in full: it would cost more than it tells."""
ENOUGH_ROWS = 10_000
"""Rows that are scored on larger tables: fewer cannot tell settings apart that differ by a point."""
FEW_ROWS = 2_000
MOST_LEARNED = 200_000
MOST_SCORED = 50_000
"""A search learns from no more rows of a large table, and scores no more: more would cost more than they tell."""
LARGE = MOST_LEARNED
"""Tables of more rows to learn from than a search does are large: learning is what takes the time, and on so many rows
other settings bring little.  So what is clearly behind on a sample is not tried on more.
"""
REPEATS = 3
"""Tables of fewer than `FEW_ROWS` rows are cut into folds this many times over: one cut is too noisy to choose by."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Row indices to learn from, and to be scored on."""

    fit: Ints
    score: Ints


Plan = tuple[tuple[Fold, ...], ...]
"""Repeats of folds; within a repeat each row is scored at most once."""


def plan(
    labels: Labels,
    tune: Bools,
    groups: npt.NDArray[Any] | None,
    *,
    folds: int,
    seed: int,
    times: Ints | None = None,
) -> Plan:
    """How trials are scored: cross-validation on small tables, one split on large ones.

    Classes are spread evenly over the folds, rows of one group stay together.  A table of more than `MOST_ROWS` rows is
    learned on the rows that are not in ``tune`` (at most `MOST_LEARNED` of them) and scored on those that are (at most
    `MOST_SCORED`); where ``tune`` has fewer than
    `ENOUGH_ROWS`, on as many of the folds as hold so many.

    With ``times`` (rows,), as under the rule of time, every fold is scored on rows newer than all that it learns from,
    as the holdout is; the oldest rows are then scored in none.  Where no fold can be made so (all rows are of one
    moment, or the older ones of one class), they are made as without.
    """
    folds = max(2, min(folds, len(labels)))
    chained = () if times is None else _chained(labels, groups, times, folds)
    if len(labels) > MOST_ROWS:
        if tune.sum() >= ENOUGH_ROWS and (~tune).sum() >= tune.sum():
            learned, scored = np.flatnonzero(~tune), np.flatnonzero(tune)
            return ((Fold(some(learned, MOST_LEARNED, seed), some(scored, MOST_SCORED, seed)),),)
        if chained:
            return (_newest(chained),)
        needed = math.ceil(ENOUGH_ROWS / (len(labels) / folds))
        return (_crossed(labels, groups, folds, clock.seed("tune", seed))[:needed],)
    if chained:
        return (chained,)
    repeats = REPEATS if len(labels) < FEW_ROWS else 1
    return tuple(_crossed(labels, groups, folds, clock.seed("folds", seed, repeat)) for repeat in range(repeats))


def some(rows: Ints, count: int, seed: int) -> Ints:
    """At most ``count`` of the rows, drawn evenly, in their order."""
    if len(rows) <= count:
        return rows
    return rows[np.sort(clock.rng("some", seed, len(rows)).choice(len(rows), count, replace=False))]


def _chained(labels: Labels, groups: npt.NDArray[Any] | None, times: Ints, folds: int) -> tuple[Fold, ...]:
    """Blocks of rows in the order of time, each scored after learning from all before it (forward chaining).

    Rows of one moment are never parted, nor learned from where their group is scored.  A fold that would learn from
    fewer than two classes is left out.
    """
    # 7 rows at times [1, 1, 2, 3, 3, 3, 4] and 2 folds begin their 3 blocks at about places 2 and 5, whose moments are
    # 2 and 3: learn from the rows before 2 and score those from 2 to 3; learn from those before 3, score the rest.
    ordered = np.sort(times)
    starts = np.unique(ordered[len(ordered) * np.arange(1, folds + 1) // (folds + 1)])
    made = []
    for start, end in zip(starts, [*starts[1:], None], strict=True):
        scored = (times >= start) & (True if end is None else times < end)
        learned = times < start
        if groups is not None:
            learned &= ~np.isin(groups, groups[scored]) | (groups.astype(str) == "")
        if len(np.unique(labels[learned])) > 1:
            made.append(Fold(np.flatnonzero(learned), np.flatnonzero(scored)))
    return tuple(made)


def _newest(folds: tuple[Fold, ...]) -> tuple[Fold, ...]:
    """As many of the last folds as score `ENOUGH_ROWS` rows."""
    scored = np.cumsum([len(fold.score) for fold in reversed(folds)])
    return folds[-1 - int(np.searchsorted(scored, ENOUGH_ROWS)) :]


def _crossed(labels: Labels, groups: npt.NDArray[Any] | None, folds: int, seed: int) -> tuple[Fold, ...]:
    number = _grouped(labels, groups, folds, seed) if groups is not None else _spread(labels, folds, seed)
    parts = [(np.flatnonzero(number != each), np.flatnonzero(number == each)) for each in range(folds)]
    return tuple(Fold(fit, score) for fit, score in parts if len(fit) and len(score))


def _spread(labels: Labels, folds: int, seed: int) -> Ints:
    """(rows,) fold numbers; each class is dealt out like cards, one class after the other."""
    order = np.random.default_rng(seed).permutation(len(labels))
    dealt = order[np.argsort(labels[order], kind="stable")]
    number = np.empty(len(labels), dtype=np.int64)
    number[dealt] = np.arange(len(labels)) % folds
    return number


def _grouped(labels: Labels, groups: npt.NDArray[Any], folds: int, seed: int) -> Ints:
    """(rows,) fold numbers that keep groups together and classes about even; one group of all rows is no group."""
    names, codes = np.unique(groups.astype(str), return_inverse=True)
    alone = np.flatnonzero(names[codes] == "")  # rows without a group are each on their own
    codes[alone] = len(names) + np.arange(len(alone))
    count = len(np.unique(codes))
    if count in {1, len(labels)}:
        return _spread(labels, folds, seed)
    splits = min(folds, count, int(np.bincount(labels).max()))
    if splits < 2:  # a row a class: there is nothing to spread evenly
        return np.asarray(np.unique(codes, return_inverse=True)[1] % 2)
    from sklearn.model_selection import StratifiedGroupKFold

    number = np.zeros(len(labels), dtype=np.int64)
    splitter = StratifiedGroupKFold(n_splits=splits, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # classes of fewer rows than folds are legal here
        for each, (_, score) in enumerate(splitter.split(labels, labels, codes)):
            number[score] = each
    return number
