"""In which order rows are learned from: texts of about one length side by side, so that little is padding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ratchet import clock
from ratchet.arrays import Ints, Labels

_POOL = 50
"""Batches that are sorted by length together: enough for little padding, few enough for every epoch to differ."""


def held_out(labels: Labels, share: float, seed: int, groups: Ints | None = None) -> tuple[Ints, Ints]:
    """The rows to learn from, and a share of every class of more than one row to stop by; both in order.

    Of ``groups`` whole ones are held out, whatever their classes.
    """
    random = clock.rng("transformer inner split", seed)
    if groups is not None:
        names = random.permutation(np.unique(groups))
        held = np.isin(groups, names[: round(share * len(names))])
        return np.flatnonzero(~held), np.flatnonzero(held)
    held = np.zeros(len(labels), dtype=bool)
    for each in np.unique(labels):
        rows = random.permutation(np.flatnonzero(labels == each))
        held[rows[: min(round(share * len(rows)), len(rows) - 1)]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)


def epoch(lengths: Sequence[int] | Ints, size: int, *, seed: int, number: int) -> list[Ints]:
    """The batches of an epoch: shuffled, then sorted by length within pools, and shuffled again as batches.

    The same seed and number give the same batches.
    """
    random, measured = clock.rng("transformer epoch", seed, number), np.asarray(lengths)
    order = random.permutation(len(measured))
    batches = []
    for start in range(0, len(order), size * _POOL):
        pool = order[start : start + size * _POOL]
        pool = pool[np.argsort(measured[pool], kind="stable")]
        batches += [pool[at : at + size] for at in range(0, len(pool), size)]
    return [batches[each] for each in random.permutation(len(batches))]


def drawn(chunks: Sequence[Sequence[Sequence[int]]], *, seed: int, number: int) -> list[Sequence[int]]:
    """One chunk of every text, another in every epoch."""
    random = clock.rng("transformer chunks", seed, number)
    places = random.random(len(chunks))  # nosec B311 # no secret: an order
    return [each[int(place * len(each))] for each, place in zip(chunks, places, strict=True)]
