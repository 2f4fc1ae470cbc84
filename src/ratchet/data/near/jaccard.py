"""The true similarity of pairs of texts, where MinHash only guessed."""

from __future__ import annotations

import numpy as np
import polars as pl

from ratchet.arrays import Floats64, Hashes, Ints
from ratchet.data.near.shingles import Shingles, shingles

_CHUNK = 4_000_000
_BATCH_BYTES = 16_000_000
_LOW = np.uint64((1 << 42) - 1)


def similarities_of_texts(texts: pl.Series, pairs: Ints) -> Floats64:
    """`similarities`, where a few megabytes of texts at a time are cut into pairs of words again."""
    # Pairs in the order of their first text, cut where their running size passes a multiple of the limit.  The texts of
    # a part are numbered anew: the pairs (3, 9) and (3, 40) are of the texts [3, 9, 40], as (0, 1) and (0, 2).
    order = np.argsort(pairs[:, 0], kind="stable")
    similar = np.zeros(len(pairs))
    sizes = texts.str.len_bytes().to_numpy().astype(np.int64)
    cost = np.cumsum(sizes[pairs[order]].sum(axis=1)) // _BATCH_BYTES
    for part in np.split(order, np.flatnonzero(np.diff(cost)) + 1):
        here, local = np.unique(pairs[part], return_inverse=True)
        similar[part] = similarities(shingles(texts.gather(here)), local.reshape(-1, 2))
    return similar


def similarities(texts: Shingles, pairs: Ints) -> Floats64:
    """The Jaccard similarity of the sets of word pairs for each pair of texts (n,), 0 to 1."""
    # J = shared / (size + size - shared): sets of 4 and 6 that share 2 are 2 / 8 alike.  A chunk takes as many pairs as
    # keep the sum of their sizes near four million, since all their values are sorted at once.
    values, starts = _sets(texts)
    sizes = np.diff(starts)
    cost = np.cumsum(sizes[pairs].sum(axis=1))
    similar = np.zeros(len(pairs))
    begin = 0
    while begin < len(pairs):
        spent = cost[begin - 1] if begin else 0
        end = max(begin + 1, min(int(np.searchsorted(cost, spent + _CHUNK)), begin + (1 << 21)))
        part = pairs[begin:end]
        shared = _shared(values, starts, part)
        similar[begin:end] = shared / (sizes[part].sum(axis=1) - shared)
        begin = end
    return similar


def _sets(texts: Shingles) -> tuple[Hashes, Ints]:
    """The distinct pairs of each text, 42 bits of each, end to end, and where each text's begin."""
    # Sorted by text, then value, a repeated pair stands behind its equal: text 0 with [5, 3, 5] is [3, 5, 5] and keeps
    # [3, 5].
    of_text = np.repeat(np.arange(len(texts.words)), np.diff(texts.starts))
    order = np.lexsort((texts.pairs, of_text))
    sorted_pairs, owner = texts.pairs[order], of_text[order]
    keep = np.ones(len(order), dtype=bool)
    keep[1:] = (sorted_pairs[1:] != sorted_pairs[:-1]) | (owner[1:] != owner[:-1])
    sizes = np.bincount(owner[keep], minlength=len(texts.words))
    return sorted_pairs[keep] & _LOW, np.append(0, np.cumsum(sizes))


def _shared(values: Hashes, starts: Ints, pairs: Ints) -> Ints:
    """How many values the two sets of each pair share."""
    # The number of the pair goes above the 42 bits of each value: where pair 0 is of the sets {3, 5} and {5, 8}, the
    # keys 3, 5, 5, 8 have one equal neighbour, the one shared value.
    keys = []
    for side in (0, 1):
        begins, sizes = starts[pairs[:, side]], np.diff(starts)[pairs[:, side]]
        # Sets that begin at [10, 4] with sizes [2, 3] stand at places [10, 11, 4, 5, 6]: 0 to 4 plus [10, 10, 2, 2, 2].
        offsets = np.repeat(begins - np.append(0, np.cumsum(sizes)[:-1]), sizes)
        places = np.arange(int(sizes.sum())) + offsets
        number = np.repeat(np.arange(len(pairs), dtype=np.uint64), sizes)
        keys.append((number << np.uint64(42)) | values[places])
    both = np.sort(np.concatenate(keys))
    hits = both[1:][both[1:] == both[:-1]] >> np.uint64(42)
    return np.bincount(hits.astype(np.int64), minlength=len(pairs))
