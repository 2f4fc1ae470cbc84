"""The true similarity of pairs of texts, where MinHash only guessed."""

from __future__ import annotations

import numpy as np

from ratchet.arrays import Floats64, Hashes, Ints
from ratchet.data.near.shingles import Shingles

_CHUNK = 4_000_000
_LOW = np.uint64((1 << 42) - 1)


def similarities(texts: Shingles, pairs: Ints) -> Floats64:
    """The Jaccard similarity of the sets of word pairs for each pair of texts (n,), 0 to 1."""
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
    of_text = np.repeat(np.arange(len(texts.words)), np.diff(texts.starts))
    order = np.lexsort((texts.pairs, of_text))
    sorted_pairs, owner = texts.pairs[order], of_text[order]
    keep = np.ones(len(order), dtype=bool)
    keep[1:] = (sorted_pairs[1:] != sorted_pairs[:-1]) | (owner[1:] != owner[:-1])
    sizes = np.bincount(owner[keep], minlength=len(texts.words))
    return sorted_pairs[keep] & _LOW, np.append(0, np.cumsum(sizes))


def _shared(values: Hashes, starts: Ints, pairs: Ints) -> Ints:
    """How many values the two sets of each pair share."""
    keys = []
    for side in (0, 1):
        begins, sizes = starts[pairs[:, side]], np.diff(starts)[pairs[:, side]]
        offsets = np.repeat(begins - np.append(0, np.cumsum(sizes)[:-1]), sizes)
        places = np.arange(int(sizes.sum())) + offsets
        number = np.repeat(np.arange(len(pairs), dtype=np.uint64), sizes)
        keys.append((number << np.uint64(42)) | values[places])
    both = np.sort(np.concatenate(keys))
    hits = both[1:][both[1:] == both[:-1]] >> np.uint64(42)
    return np.bincount(hits.astype(np.int64), minlength=len(pairs))
