"""More rows to learn from: copies of those there are, whose texts are changed a little and mean about the same.

Wei & Zou 2019, "EDA: Easy Data Augmentation Techniques", section 2, with words near in meaning found in the texts
themselves.  Only rows that are learned from are copied, never rows that are scored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from ratchet import clock
from ratchet.arrays import Floats64
from ratchet.features.encoder import Column, Target
from ratchet.kinds.kind import Kind
from ratchet.models.family import LabelledRows

PARAM = "augment"
"""The parameter of a recipe, of any family, that lists the `WAYS`: each adds a copy of every row."""
SHARE = 0.1
"""The share of a text's words that a copy changes; one at least."""
_WORDS, _SEEN, _DIMENSIONS = 5_000, 5, 50
_NEAR = 0.6
"""The cosine from which words count as near in meaning; a word without such a neighbour is left as it is."""

Changed = Callable[[list[str], np.random.Generator], list[str]]


def copies(rows: LabelledRows, ways: Sequence[str], seed: int) -> LabelledRows:
    """A changed copy of every row for each way; other columns and the labels stay as they are."""
    texts = [name for name, kind in rows.kinds.items() if kind is Kind.TEXT]
    columns: dict[str, Column] = {}
    for name, column in rows.columns.items():
        parts = [_copy(column, way, seed, name) if name in texts else list(column) for way in ways]
        whole = [value for part in parts for value in part]
        columns[name] = np.array(whole, dtype=column.dtype) if isinstance(column, np.ndarray) else whole
    target = Target(np.tile(rows.target.labels, len(ways)), rows.target.classes)
    groups = None if rows.groups is None else np.tile(rows.groups, len(ways))
    return LabelledRows(columns=columns, kinds=rows.kinds, target=target, groups=groups)


def _copy(column: Column, way: str, seed: int, name: str) -> list[Any]:
    random = clock.rng("augment", seed, way, name)
    change: Changed = partial(_near, neighbours=_neighbours(column, seed)) if way == "synonyms" else _CHANGES[way]
    return [" ".join(change(text.split(), random)) if text else text for text in column]


def _drop(words: list[str], random: np.random.Generator) -> list[str]:
    gone = set(_some(words, random))
    return [word for at, word in enumerate(words) if at not in gone] or words


def _swap(words: list[str], random: np.random.Generator) -> list[str]:
    changed = list(words)
    for at in _some(words[:-1], random):
        changed[at], changed[at + 1] = changed[at + 1], changed[at]
    return changed


def _near(words: list[str], random: np.random.Generator, *, neighbours: Mapping[str, str]) -> list[str]:
    known = [at for at, word in enumerate(words) if word.lower() in neighbours]
    changed = list(words)
    for place in _some(known, random):
        changed[known[place]] = neighbours[words[known[place]].lower()]
    return changed


def _some(among: Sequence[Any], random: np.random.Generator) -> list[int]:
    """A few places, at random."""
    if not among:
        return []
    return [int(at) for at in random.choice(len(among), max(1, round(SHARE * len(among))), replace=False)]  # nosec B311


def _neighbours(column: Column, seed: int) -> dict[str, str]:
    """Word -> the word nearest in meaning: that stands among the same words in these texts."""
    split = [set(text.lower().split()) if text else set[str]() for text in column]
    counts = Counter(word for words in split for word in words)
    known = sorted((word for word, count in counts.items() if count >= _SEEN), key=lambda word: (-counts[word], word))
    places = {word: at for at, word in enumerate(known[:_WORDS])}
    if len(places) <= _DIMENSIONS:
        return {}
    vectors = _vectors(
        [[places[word] for word in sorted(words) if word in places] for words in split], len(places), seed
    )
    found = {}
    for word, at in places.items():
        near = vectors @ vectors[at]
        near[at] = -1.0
        best = int(near.argmax())
        if near[best] >= _NEAR:
            found[word] = known[best]
    return found


def _vectors(texts: Sequence[Sequence[int]], words: int, seed: int) -> Floats64:
    """(words, dimensions) of length one: the largest singular vectors of how much more often than by chance two words
    share a text (positive pointwise mutual information; Levy & Goldberg 2014, section 3).
    """
    from scipy import sparse
    from scipy.sparse.linalg import svds

    indptr = np.cumsum([0, *map(len, texts)])
    indices = np.fromiter((word for text in texts for word in text), np.int64, int(indptr[-1]))
    in_texts = sparse.csr_matrix((np.ones(len(indices)), indices, indptr), shape=(len(texts), words))
    together = (in_texts.T @ in_texts).tocoo()
    alone = np.asarray(in_texts.sum(axis=0)).ravel()
    surprise = np.log(together.data * len(texts) / (alone[together.row] * alone[together.col]))
    kept = (surprise > 0) & (together.row != together.col)
    shared = sparse.csr_matrix((surprise[kept], (together.row[kept], together.col[kept])), shape=(words, words))
    start = clock.rng("synonyms", seed).normal(size=words)
    left, sizes, _ = svds(shared, k=_DIMENSIONS, v0=start)
    vectors = left * np.sqrt(sizes)
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))


_CHANGES: Mapping[str, Changed] = {"drop": _drop, "swap": _swap}
WAYS = (*_CHANGES, "synonyms")
"""Leave words out; swap neighbours; put a word near in meaning in the place of one."""
