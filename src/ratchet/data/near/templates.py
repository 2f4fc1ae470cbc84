"""Texts made from templates: each with another name, number or date, so that less of it is shared than of a copy.

How alike such texts are is read off the table, as noise is (`ratchet.data.near.noise`): texts that people write are
alike in every degree, the less the more often; where many are half alike and hardly any a little less, something has
made them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from ratchet.arrays import Bools, Floats64, Ints
from ratchet.data.near.jaccard import similarities_of_texts
from ratchet.data.near.minhash import candidates

HALF = 0.5
"""The Jaccard similarity of the pairs of words from which two texts are of one template, where templates are seen."""
_LESS = 0.35
_GROWTH = 0.2
"""How many pairs between `_LESS` and `HALF` there may be for each between `HALF` and a copy."""
_WORDS = 8
"""In a shorter text one word turns the meaning round, and leaves half of it."""
_SHARE, _FEWEST = 0.02, 20
"""The pairs that must be there for each text, and their least number."""
_BANDS = 2
"""The bands that a pair must share to be looked at."""
_JUDGED = 20_000
"""Pairs that the judgement rests on."""


def of_templates(texts: pl.Series, keys: npt.NDArray[np.uint32], words: Ints, copy: float) -> Ints:
    """Pairs of different texts (n, 2) that are of one template; none where no templates are seen.

    ``keys`` (bands, texts) are of short bands (`ratchet.data.near.minhash`), ``words`` (texts,) the numbers of words,
    and ``copy`` the similarity from which two texts are the same anyway.
    """
    pairs = candidates(keys)
    pairs = pairs[(words[pairs] >= _WORDS).all(axis=1)]
    pairs = pairs[_shared(keys, pairs) >= _BANDS]
    pairs = np.random.default_rng(0).permutation(pairs)
    judged = similarities_of_texts(texts, pairs[:_JUDGED])
    if not _believed(judged, len(pairs), len(texts), copy):
        return pairs[:0]
    rest = similarities_of_texts(texts, pairs[_JUDGED:])
    return pairs[np.concatenate([judged, rest]) >= HALF]


def _shared(keys: npt.NDArray[np.uint32], pairs: Ints) -> Ints:
    """How many bands the two texts of each pair share."""
    shared = np.zeros(len(pairs), dtype=np.int64)
    for band in keys:
        shared += band[pairs[:, 0]] == band[pairs[:, 1]]
    return shared


def _believed(similar: Floats64, pairs: int, texts: int, copy: float) -> bool:
    """Whether so many pairs are half alike, and so few a little less, that templates made them."""
    half = _between(similar, HALF, copy).sum()
    enough = half * pairs / max(1, len(similar)) >= max(_FEWEST, _SHARE * texts)
    return bool(enough and _between(similar, _LESS, HALF).sum() <= _GROWTH * half)


def _between(values: Floats64, low: float, high: float) -> Bools:
    return (values >= low) & (values < high)
