"""Texts that are nearly the same."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from ratchet.arrays import Ints
from ratchet.data.near.components import components, numbered
from ratchet.data.near.jaccard import similarities_of_texts
from ratchet.data.near.minhash import BANDS, band_keys, candidates
from ratchet.data.near.shingles import shingles
from ratchet.data.near.templates import HALF, of_templates
from ratchet.data.near.words import batches

ALIKE = 0.8
"""The Jaccard similarity of the pairs of words from which two texts count as nearly the same."""
_HALF_ALIKE = 0.01
"""The pairs half alike for each text, among those looked at for copies, from which templates are looked for."""
_BATCH_BYTES = 2_000_000
_ROUND = 200_000
"""Pairs verified at a time, at least."""


def alike_texts(texts: pl.Series) -> tuple[Ints, Ints]:
    """The group of each text (no nulls) and its number of words, each (texts,).

    In one group are texts equal but for case, spaces and punctuation, and those at least `ALIKE` similar, or of
    one template where there are templates (`ratchet.data.near.templates`); a text without words has its own.  Memory
    grows by about 150 bytes a text, whatever its length.
    """
    unique, place = _distinct(texts)
    keys, words = _signatures(unique)
    pairs = candidates(keys[:BANDS])
    pairs = pairs[(words[pairs] > 0).all(axis=1)]
    sure, half_alike = _verified(unique, pairs)
    if half_alike > _HALF_ALIKE * len(unique):
        sure = np.concatenate([sure, of_templates(unique, keys[BANDS:], words, ALIKE)])
    groups = components(len(unique), sure)[place]
    empty = words[place] == 0
    groups[empty] = groups.max(initial=0) + 1 + np.arange(int(empty.sum()))
    return numbered(groups), words[place]


def _distinct(texts: pl.Series) -> tuple[pl.Series, Ints]:
    """The different texts, in the order they came, and which of them each text is."""
    place = numbered(texts.hash().to_numpy())
    return texts.gather(np.unique(place, return_index=True)[1]), place


def _signatures(texts: pl.Series) -> tuple[npt.NDArray[np.uint32], Ints]:
    keys = np.zeros((2 * BANDS, len(texts)), dtype=np.uint32)
    words = np.zeros(len(texts), dtype=np.int64)
    for begin, end in batches(texts, _BATCH_BYTES):
        part = shingles(texts[begin:end])
        keys[:, begin:end], words[begin:end] = band_keys(part), part.words
    return keys, words


def _verified(texts: pl.Series, pairs: Ints) -> tuple[Ints, int]:
    """Pairs (n, 2) that are truly similar and join all that are, and how many of those seen were only half alike.

    A part of the pairs, drawn from all over, is verified at a time; those it has joined need no looking at any more.
    """
    pairs = np.random.default_rng(0).permutation(pairs)
    sure, half_alike, size = pairs[:0], 0, max(_ROUND, len(pairs) // 8)
    while len(pairs):
        now, pairs = pairs[:size], pairs[size:]
        similar = similarities_of_texts(texts, now)
        sure = np.concatenate([sure, now[similar >= ALIKE]])
        half_alike += int(((similar >= HALF) & (similar < ALIKE)).sum())
        groups = components(len(texts), sure)
        pairs = pairs[groups[pairs[:, 0]] != groups[pairs[:, 1]]]
    return sure, half_alike
