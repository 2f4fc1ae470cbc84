"""chars.v1: a short text as the pieces of 2, 3 and 5 letters of all its words.

For short texts in any language, with any spelling: pieces of words say what their endings and stems do (McNamee,
Mayfield 2004, "Character N-Gram Tokenization for European Language Text Retrieval").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self, cast

import numpy as np

from ratchet.arrays import Floats32, Ints, Ints32
from ratchet.features import pieces
from ratchet.features.blocks import frequency_weights, kept, lengths, squares, table, used
from ratchet.features.encoder import Column, Located, Matrix, Sparse, State, Target
from ratchet.features.matrix import end_to_end
from ratchet.features.offsets import Span
from ratchet.features.places import of_pieces, words_of
from ratchet.features.scripts import spans, tokens
from ratchet.features.tokens import Tokens
from ratchet.features.vocabulary import LEARNED_FROM
from ratchet.kinds.kind import Kind

SIZES = (2, 3, 5)
BITS = 21
MOST = 400_000
_TEXTS = 2_000


class Letters:
    """Pieces of words, each as often as it occurs times its inverse document frequency, scaled to unit length."""

    name: ClassVar[str] = "chars.v1"
    reads: ClassVar[frozenset[Kind]] = frozenset({Kind.TEXT})
    supervised: ClassVar[bool] = False

    def __init__(self, buckets: Ints32 | None = None, weights: Floats32 | None = None) -> None:
        self._outputs = table(np.zeros(0, dtype=np.int32) if buckets is None else buckets, BITS, 1)
        self.weights = np.zeros(1, dtype=np.float32) if weights is None else weights
        self.squared = squares(self.weights)

    def fit(self, column: Column, target: Target | None = None) -> Self:
        return self.learned(tokens(cast(Sequence[str | None], column)[:: 1 + len(column) // LEARNED_FROM]))

    @classmethod
    def learned(cls, found: Tokens) -> Self:
        """The encoder of texts that were cut into words."""
        buckets, rows = _pieces(found)
        chosen, counts = kept(buckets, rows, BITS, MOST)
        return cls(chosen.astype(np.int32), frequency_weights(len(found.counts), [counts]))

    def transform(self, column: Column) -> Matrix:
        texts = cast(Sequence[str | None], column)
        parts = [self.cells(tokens(texts[first : first + _TEXTS])) for first in range(0, len(texts), _TEXTS)]
        return Matrix(np.zeros((len(column), 0), dtype=np.float32), end_to_end(parts, len(self.weights)))

    def cells(self, found: Tokens) -> Sparse:
        """Texts that were cut into words, encoded."""
        buckets, rows = _pieces(found)
        outputs = self._outputs[buckets]
        known = np.flatnonzero(outputs)
        order = known[np.argsort(rows[known], kind="stable")]
        outputs, rows = outputs[order], rows[order]
        indptr = np.zeros(len(found.counts) + 1, dtype=np.int64)
        np.cumsum(np.bincount(rows, minlength=len(found.counts)), out=indptr[1:])
        sums = np.bincount(rows, weights=self.squared[outputs], minlength=len(found.counts)).astype(np.float64)
        return Sparse(indptr, outputs, self.weights[outputs] / lengths(sums)[rows], len(self.weights))

    def by_word(self, found: Tokens, which: Ints) -> tuple[Ints32, Ints]:
        """(pieces,) the outputs of the pieces of some words, for each size word by word; (sizes, words) how many."""
        buckets, counts = pieces.by_word(found, which, SIZES, BITS)
        return self._outputs[buckets], counts

    def of_words(self, spelled: Sequence[str]) -> tuple[Ints32, Ints]:
        """What `by_word` gives of these words."""
        buckets, counts = pieces.of_words(spelled, SIZES, BITS)
        return self._outputs[buckets], counts

    def located(self, text: str | None) -> Located:
        return self.of_spans(spans(text))

    def of_spans(self, found: Sequence[Span], *, first: int = 0) -> Located:
        """Which outputs, numbered from ``first`` on, come from which of these words."""
        outputs, counts = self.of_words([each.word for each in found])
        return of_pieces(outputs, words_of(counts), found, first=first)

    @property
    def widths(self) -> tuple[int, int]:
        return 0, len(self.weights)

    @property
    def known(self) -> frozenset[str] | None:
        return None

    def names(self) -> Sequence[str]:
        return ["has no known letters", *(f"has letters of group {number}" for number in used(self._outputs))]

    def state(self) -> State:
        return State(arrays={"buckets": used(self._outputs), "weights": self.weights})

    @classmethod
    def from_state(cls, state: State) -> Self:
        return cls(state.arrays["buckets"], np.asarray(state.arrays["weights"], dtype=np.float32))


def _pieces(found: Tokens) -> tuple[Ints, Ints]:
    """The buckets of the pieces of all words, and the text each stands in."""
    buckets, counts = pieces.by_word(found, np.arange(len(found.starts)), SIZES, BITS)
    return buckets, np.repeat(np.tile(found.rows(), len(SIZES)), counts.ravel())
