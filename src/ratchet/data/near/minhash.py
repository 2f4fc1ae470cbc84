"""Pairs of texts that are likely near-duplicates: MinHash (Broder 1997) with banding (Leskovec et al., ch. 3.4).

Two texts share a band with probability ``1 - (1 - J**6) ** 12`` for a Jaccard similarity J of their pairs of words:
0.97 at J = 0.8, 0.9999 at 0.9, 0.0008 at 0.2.  They share a short band, of the first three minima, with probability
``1 - (1 - J**3) ** 12``: 0.8 at J = 0.5, 0.09 at 0.2.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Ints
from ratchet.data.near.components import distinct
from ratchet.data.near.shingles import Shingles

BANDS, ROWS = 12, 6
_SHORT = 3

_rng = np.random.default_rng(20_240_501)
_FACTORS = _rng.integers(1, 1 << 32, BANDS * ROWS, dtype=np.uint32) | np.uint32(1)
_OFFSETS = _rng.integers(0, 1 << 32, BANDS * ROWS, dtype=np.uint32)
_CHAIN = np.uint64(0x9E3779B97F4A7C15)


def band_keys(texts: Shingles) -> npt.NDArray[np.uint32]:
    """A key for each text and band: texts with an equal key in any band are candidates.

    (2 * `BANDS`, texts): the bands, and behind them the short ones.
    """
    count = len(texts.words)
    keys = np.zeros((BANDS, count), dtype=np.uint64)
    short = np.zeros((BANDS, count), dtype=np.uint32)
    if not count:
        return np.concatenate([short, short])
    # 72 hash functions, factor * value + offset, over all word pairs of all texts end to end; reduceat gives the
    # minimum of each text.  Six minima are chained into the key of a band: key = (key * C + minimum), its bits stirred.
    values = (texts.pairs >> np.uint64(32)).astype(np.uint32)
    starts, scratch = texts.starts[:-1], np.empty_like(values)
    for place, (factor, offset) in enumerate(zip(_FACTORS, _OFFSETS, strict=True)):
        np.multiply(values, factor, out=scratch)
        np.add(scratch, offset, out=scratch)
        band = keys[place // ROWS]
        band *= _CHAIN
        band += np.minimum.reduceat(scratch, starts)
        band ^= band >> np.uint64(29)
        if place % ROWS == _SHORT - 1:
            short[place // ROWS] = band >> np.uint64(32)
    return np.concatenate([(keys >> np.uint64(32)).astype(np.uint32), short])


def candidates(keys: npt.NDArray[np.uint32]) -> Ints:
    """The pairs (n, 2) of places to look at: each text with the next and with the first of its bucket, in each band."""
    # A band of keys [7, 3, 7, 7] is sorted in the order [1, 0, 2, 3], where places 2 and 3 repeat the key before them:
    # linked are neighbours, (0, 2) and (2, 3), and each with the first of its bucket, (0, 2) and (0, 3).
    found = [np.zeros((0, 2), dtype=np.int64)]
    for band in keys:
        order = np.argsort(band, kind="stable")
        same = band[order][1:] == band[order][:-1]
        later = np.flatnonzero(same) + 1
        begins = np.flatnonzero(np.append(True, ~same))
        first = begins[np.searchsorted(begins, later, side="right") - 1]
        found += [np.stack([order[later - 1], order[later]], 1), np.stack([order[first], order[later]], 1)]
    # A pair is one number, first * count + second, so that those found in several bands are kept once.
    pairs = np.sort(np.concatenate(found), axis=1)
    count = max(1, keys.shape[1])
    return np.stack(np.divmod(distinct(pairs[:, 0] * count + pairs[:, 1]), count), axis=1)
