"""Texts that are nearly the same."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from ratchet.arrays import Bools, Ints
from ratchet.data.near.components import components, numbered
from ratchet.data.near.jaccard import similarities
from ratchet.data.near.minhash import BANDS, band_keys, candidates
from ratchet.data.near.shingles import shingles
from ratchet.data.near.words import batches

ALIKE = 0.8
"""The Jaccard similarity of the pairs of words from which two texts count as nearly the same."""
_BATCH_BYTES = 2_000_000
_ROUND = 200_000
"""Pairs verified at a time, at least."""


def alike_texts(texts: pl.Series) -> tuple[Ints, Ints]:
    """The group of each text (no nulls) and its number of words, each (texts,).

    In one group are texts equal but for case, spaces and punctuation, and those at least `ALIKE` similar; a text
    without words has its own.  Memory grows by about 100 bytes a text, whatever its length.
    """
    unique, place = _distinct(texts)
    keys, words = _signatures(unique)
    pairs = candidates(keys)
    pairs = pairs[(words[pairs] > 0).all(axis=1)]
    groups = _grouped(unique, pairs)[place]
    empty = words[place] == 0
    groups[empty] = groups.max(initial=0) + 1 + np.arange(int(empty.sum()))
    return numbered(groups), words[place]


def _distinct(texts: pl.Series) -> tuple[pl.Series, Ints]:
    """The different texts, in the order they came, and which of them each text is."""
    place = numbered(texts.hash().to_numpy())
    return texts.gather(np.unique(place, return_index=True)[1]), place


def _signatures(texts: pl.Series) -> tuple[npt.NDArray[np.uint32], Ints]:
    keys = np.zeros((BANDS, len(texts)), dtype=np.uint32)
    words = np.zeros(len(texts), dtype=np.int64)
    for begin, end in batches(texts, _BATCH_BYTES):
        part = shingles(texts[begin:end])
        keys[:, begin:end], words[begin:end] = band_keys(part), part.words
    return keys, words


def _grouped(texts: pl.Series, pairs: Ints) -> Ints:
    """The group of each text (texts,), given the pairs to look at.

    A part of the pairs, drawn from all over, is verified at a time; those it has joined need no looking at any more.
    """
    pairs = np.random.default_rng(0).permutation(pairs)
    groups, sure, size = np.arange(len(texts)), pairs[:0], max(_ROUND, len(pairs) // 8)
    while len(pairs):
        now, pairs = pairs[:size], pairs[size:]
        sure = np.concatenate([sure, now[_verified(texts, now)]])
        groups = components(len(texts), sure)
        pairs = pairs[groups[pairs[:, 0]] != groups[pairs[:, 1]]]
    return groups


def _verified(texts: pl.Series, pairs: Ints) -> Bools:
    """Which pairs (n, 2) are truly similar; a few megabytes of texts at a time are cut into pairs of words again."""
    # Pairs in the order of their first text, cut where their running size passes a multiple of the limit.  The texts of
    # a part are numbered anew: the pairs (3, 9) and (3, 40) are of the texts [3, 9, 40], as (0, 1) and (0, 2).
    order = np.argsort(pairs[:, 0], kind="stable")
    close = np.zeros(len(pairs), dtype=bool)
    sizes = texts.str.len_bytes().to_numpy().astype(np.int64)
    cost = np.cumsum(sizes[pairs[order]].sum(axis=1)) // (8 * _BATCH_BYTES)
    for part in np.split(order, np.flatnonzero(np.diff(cost)) + 1):
        here, local = np.unique(pairs[part], return_inverse=True)
        close[part] = similarities(shingles(texts.gather(here)), local.reshape(-1, 2)) >= ALIKE
    return close
