"""words.v2: a text as which of the frequent words occur in it, for rules and trees that a person can read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self, cast

import numpy as np

from ratchet.arrays import Ints
from ratchet.features import scripts, tokens
from ratchet.features.encoder import Column, Located, Matrix, Sparse, State, Target
from ratchet.features.matrix import end_to_end
from ratchet.features.offsets import Span
from ratchet.features.places import of_pieces
from ratchet.features.tokens import Tokens
from ratchet.features.vocabulary import LEARNED_FROM, Vocabulary, starts
from ratchet.kinds.kind import Kind

MOST = 1_000
SEEN = 3
"""A word in fewer texts than this is left out."""
_TEXTS = 2_000


class Words:
    """A dense output for how many words there are, and a sparse one per frequent word: 1 where it occurs."""

    name: ClassVar[str] = "words.v2"
    reads: ClassVar[frozenset[Kind]] = frozenset({Kind.TEXT})
    supervised: ClassVar[bool] = False

    def __init__(self, vocabulary: Vocabulary | None = None) -> None:
        self._vocabulary = vocabulary or Vocabulary([])

    @staticmethod
    def _tokens(texts: Sequence[str | None]) -> Tokens:
        return scripts.tokens(texts)

    @staticmethod
    def _spelled(text: str | None) -> list[str]:
        return scripts.words(text)

    @staticmethod
    def _spans(text: str | None) -> list[Span]:
        return scripts.spans(text)

    def fit(self, column: Column, target: Target | None = None) -> Self:
        found = self._tokens(cast(Sequence[str | None], column)[:: 1 + len(column) // LEARNED_FROM])
        return type(self)(Vocabulary.learn(found, most=MOST, seen=SEEN)[0])

    def transform(self, column: Column) -> Matrix:
        texts = cast(Sequence[str | None], column)
        if len(texts) == 1:  # its few words are found faster by pattern and dict than in arrays
            spelled = self._spelled(texts[0])
            numbers = {self._vocabulary.numbers.get(word, 0) for word in spelled} - {0}
            return self._matrix(np.array([len(spelled)]), np.array(sorted(numbers), dtype=np.int64))
        parts = [self._cells(self._tokens(texts[first : first + _TEXTS])) for first in range(0, len(texts), _TEXTS)]
        sparse = end_to_end([each.sparse for each in parts if each.sparse is not None], len(self._vocabulary))
        return Matrix(np.concatenate([np.zeros((0, 1), np.float32), *(each.dense for each in parts)]), sparse)

    def _cells(self, found: Tokens) -> Matrix:
        # Words 3, 1 and 3 of text 0, and 0, which is unknown, of text 1 are the cells (0, 1), (0, 3), (0, 3), (1, 0).
        cells = np.sort(found.rows() << 32 | self._vocabulary.find(found))
        return self._matrix(found.counts, cells[starts(cells) & (cells & 0xFFFFFFFF > 0)])

    def _matrix(self, counts: Ints, cells: Ints) -> Matrix:
        """Texts of so many words; their distinct known words as ``row << 32 | number``, in order."""
        indptr = np.searchsorted(cells, np.arange(len(counts) + 1) << 32)
        indices = ((cells & 0xFFFFFFFF) - 1).astype(np.int32)
        ones = np.ones(len(indices), dtype=np.float32)
        return Matrix(counts.astype(np.float32)[:, None], Sparse(indptr, indices, ones, len(self._vocabulary)))

    def located(self, text: str | None) -> Located:
        found = self._spans(text)
        # A number is one above its output, and one that is not known is 0: as pieces from -1 on they are outputs.
        numbers = np.array([self._vocabulary.numbers.get(each.word, 0) for each in found], dtype=np.int64)
        return of_pieces(numbers, np.arange(len(found)), found, first=-1)

    @property
    def widths(self) -> tuple[int, int]:
        return 1, len(self._vocabulary)

    @property
    def known(self) -> frozenset[str] | None:
        return None

    def names(self) -> Sequence[str]:
        return ["number of words", *(f"has '{word}'" for word in self._vocabulary.words)]

    def state(self) -> State:
        return State(texts={"words": "\n".join(self._vocabulary.words)})

    @classmethod
    def from_state(cls, state: State) -> Self:
        text = state.texts["words"]
        return cls(Vocabulary(text.split("\n") if text else []))


class PlainWords(Words):
    """As `words.v2`, of letters and digits without their marks, as bundles of the first release have it."""

    name: ClassVar[str] = "words.v1"

    @staticmethod
    def _tokens(texts: Sequence[str | None]) -> Tokens:
        return tokens.tokens(texts)

    @staticmethod
    def _spelled(text: str | None) -> list[str]:
        return tokens.words(text)

    @staticmethod
    def _spans(text: str | None) -> list[Span]:
        return tokens.spans(text)
