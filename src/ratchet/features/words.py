"""words.v2: a text as which of the frequent words occur in it, for rules and trees that a person can read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import ClassVar, Self

import numpy as np

from ratchet.features import scripts, tokens
from ratchet.features.encoder import Column, Matrix, Sparse, State, Target
from ratchet.kinds.kind import Kind

MOST = 1_000
SEEN = 3
"""A word in fewer texts than this is left out."""


class Words:
    """A dense output for how many words there are, and a sparse one per frequent word: 1 where it occurs."""

    name: ClassVar[str] = "words.v2"
    reads: ClassVar[frozenset[Kind]] = frozenset({Kind.TEXT})
    supervised: ClassVar[bool] = False

    def __init__(self, known: Sequence[str] = ()) -> None:
        self._words = {word: number for number, word in enumerate(known)}

    @staticmethod
    def split(text: str | None) -> list[str]:
        """The words of a text."""
        return scripts.words(text)

    def fit(self, column: Column, target: Target | None = None) -> Self:
        counts = Counter(chain.from_iterable(set(self.split(text)) for text in column))
        ranked = sorted((-count, word) for word, count in counts.items() if count >= SEEN)
        return type(self)([word for _, word in ranked[:MOST]])

    def transform(self, column: Column) -> Matrix:
        known = self._words
        spelled = [self.split(text) for text in column]
        lengths = np.array([len(each) for each in spelled], dtype=np.float32)
        found = [sorted({known[word] for word in each if word in known}) for each in spelled]
        indptr = np.zeros(len(found) + 1, dtype=np.int64)
        np.cumsum([len(each) for each in found], out=indptr[1:])
        indices = np.fromiter(chain.from_iterable(found), np.int32, int(indptr[-1]))
        ones = np.ones(len(indices), dtype=np.float32)
        return Matrix(lengths.reshape(-1, 1), Sparse(indptr, indices, ones, len(known)))

    @property
    def widths(self) -> tuple[int, int]:
        return 1, len(self._words)

    @property
    def known(self) -> frozenset[str] | None:
        return None

    def names(self) -> Sequence[str]:
        return ["number of words", *(f"has '{word}'" for word in self._words)]

    def state(self) -> State:
        return State(texts={"words": "\n".join(self._words)})

    @classmethod
    def from_state(cls, state: State) -> Self:
        text = state.texts["words"]
        return cls(text.split("\n") if text else [])


class PlainWords(Words):
    """As `words.v2`, of letters and digits without their marks, as bundles of the first release have it."""

    name: ClassVar[str] = "words.v1"

    @staticmethod
    def split(text: str | None) -> list[str]:
        return tokens.words(text)
