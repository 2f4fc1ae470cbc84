"""Outputs of a text by the words they come from, as `ratchet.features.encoder.Locating` tells them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Ints
from ratchet.features.encoder import Located
from ratchet.features.offsets import Span


def of_runs(runs: npt.NDArray[Any], found: Sequence[Span]) -> Located:
    """Of (words, sizes) outputs, those of the runs of words that begin with each word; 0 is none."""
    word, size = np.nonzero(runs)
    # Of "so very good" the pair that begins with word 0 goes from where that begins to where word 1 ends.
    ends = (word + size).tolist()
    places = [(found[at].start, found[end].end) for at, end in zip(word.tolist(), ends, strict=True)]
    return Located(runs[word, size].astype(np.int64), np.arange(len(word)), places)


def of_pieces(outputs: npt.NDArray[Any], words: Ints, found: Sequence[Span], *, first: int = 0) -> Located:
    """Of outputs and the word that each comes from; outputs are numbered from ``first`` on, 0 among them is none."""
    known = np.flatnonzero(outputs)
    places = [(each.start, each.end) for each in found]
    return Located(outputs[known].astype(np.int64) + first, words[known], places)


def words_of(counts: Ints) -> Ints:
    """(pieces,) the word of each piece, of (sizes, words) how many each word has."""
    return np.repeat(np.tile(np.arange(counts.shape[1]), len(counts)), counts.ravel())


def together(one: Located, other: Located) -> Located:
    """What two parts of an encoder tell of the same text."""
    return Located(
        np.concatenate([one.outputs, other.outputs]),
        np.concatenate([one.of, other.of + len(one.places)]),
        [*one.places, *other.places],
    )
