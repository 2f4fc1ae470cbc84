"""ngrams.v2: a text as its words, pairs and runs of three words, and, where texts are short, the pieces of its words.

Words are those of every script (`ratchet.features.scripts`); pairs and runs are hashed from word numbers and pieces
from code points, so that nothing is done per word in Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self, cast

import numpy as np

from ratchet.arrays import Floats32, Hashes, Ints, Ints32
from ratchet.features.blocks import frequency_weights, kept, lengths, squares, table, used
from ratchet.features.encoder import Column, Located, Matrix, Sparse, State, Target
from ratchet.features.letters import Letters
from ratchet.features.matrix import beside, end_to_end
from ratchet.features.places import of_runs, together
from ratchet.features.scripts import spans, tokens
from ratchet.features.tokens import Tokens
from ratchet.features.vocabulary import LEARNED_FROM, Vocabulary, starts
from ratchet.kinds.kind import Kind

MAX_WORDS, MAX_RUNS = 100_000, (600_000, 400_000)
"""Words, pairs of words, and runs of three."""
SHORT, LONG = 40, 100
"""Words a text on average: in shorter ones repeats are so few that they are just added up; longer ones tell enough
without pieces, and have runs of three."""
BITS = 22
_TEXTS = 2_000
_FACTORS = [np.array(each, dtype=np.uint64) for each in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)]
_SHIFT, _FOLD = (np.array(each, dtype=np.uint64) for each in (64 - BITS, 32))  # as arrays quicker than as scalars


class Grams:
    """Words and hashed runs of words, scaled to unit length; where texts are short, beside them `Letters`.

    A cell is the count, or its logarithm plus one where texts are not short, times the inverse document frequency.
    Outputs are numbered: 0 for what is not known, then words by falling frequency, pairs, runs of three, pieces.
    """

    name: ClassVar[str] = "ngrams.v2"
    reads: ClassVar[frozenset[Kind]] = frozenset({Kind.TEXT})
    supervised: ClassVar[bool] = False

    def __init__(self) -> None:
        self._set(False, Vocabulary([]), [], np.zeros(1, dtype=np.float32), None)

    def _set(
        self,
        sublinear: bool,
        vocabulary: Vocabulary,
        runs: Sequence[Ints32],
        weights: Floats32,
        letters: Letters | None,
    ) -> None:
        self.sublinear, self.vocabulary, self.letters = sublinear, vocabulary, letters
        firsts = np.cumsum([len(vocabulary) + 1, *map(len, runs)]).tolist()
        self._runs = [table(each, BITS, first) for each, first in zip(runs, firsts, strict=False)]
        self.weights, self.squared = weights, squares(weights)

    def fit(self, column: Column, target: Target | None = None) -> Self:
        found = tokens(cast(Sequence[str | None], column)[:: 1 + len(column) // LEARNED_FROM])
        vocabulary, counts = Vocabulary.learn(found, most=MAX_WORDS)
        numbers, rows = vocabulary.find(found), found.rows()
        mean = len(found.starts) / max(len(found.counts), 1)
        runs, all_counts = [], [counts]
        for size, most in enumerate(MAX_RUNS if mean > LONG else MAX_RUNS[:1], 2):
            whole = rows[size - 1 :] == rows[: len(rows) - size + 1]
            buckets, of_runs = kept(_buckets(numbers, size)[whole], rows[size - 1 :][whole], BITS, most)
            runs.append(buckets.astype(np.int32))
            all_counts.append(of_runs)
        weights = frequency_weights(len(found.counts), all_counts)
        fitted = type(self)()
        fitted._set(mean > SHORT, vocabulary, runs, weights, Letters.learned(found) if mean <= LONG else None)
        return fitted

    def transform(self, column: Column) -> Matrix:
        texts = cast(Sequence[str | None], column)
        parts = [self._cells(tokens(texts[first : first + _TEXTS])) for first in range(0, len(texts), _TEXTS)]
        return Matrix(np.zeros((len(column), 0), dtype=np.float32), end_to_end(parts, self.widths[1]))

    def _cells(self, found: Tokens) -> Sparse:
        rows = found.rows()
        outputs, rows, weights = self.weighed(self.runs(self.vocabulary.find(found), rows), rows)
        sums = np.bincount(rows, weights=squares(weights), minlength=len(found.counts)).astype(np.float64)
        indptr = np.zeros(len(found.counts) + 1, dtype=np.int64)
        np.cumsum(np.bincount(rows, minlength=len(found.counts)), out=indptr[1:])
        own = Sparse(indptr, outputs, weights / lengths(sums)[rows], len(self.weights))
        return own if self.letters is None else beside([own, self.letters.cells(found)])

    def runs(self, numbers: Ints, rows: Ints | None = None) -> Ints32:
        """(words, sizes) the outputs of each word, and of the pair, and the run of three, that begin with it."""
        found = np.zeros((len(numbers), 1 + len(self._runs)), dtype=np.int32)
        found[:, 0] = numbers
        for size, outputs in enumerate(self._runs, 2):
            count = len(numbers) - size + 1
            if count > 0:
                made = outputs[_buckets(numbers, size)]
                found[:count, size - 1] = made if rows is None else made * (rows[size - 1 :] == rows[:count])
        return found

    def pairs(self, numbers: Ints, first: Hashes, second: Hashes) -> Ints32:
        """`runs` of one text by what `halves` gives of each of its words, where there are no runs of three."""
        found = np.zeros((len(numbers), 2), dtype=np.int32)
        found[:, 0] = numbers
        found[:-1, 1] = self._runs[0][((first[:-1] ^ second[1:]) >> _SHIFT).view(np.int64)]
        return found

    def weighed(self, runs: Ints32, rows: Ints) -> tuple[Ints32, Ints, Floats32]:
        """Known outputs, their rows, and their weights, with repeats where those are counted."""
        outputs, of = runs.ravel(), np.repeat(rows, runs.shape[1])
        if not self.sublinear:
            known = np.flatnonzero(outputs)
            return outputs[known], of[known], self.weights[outputs[known]]
        # Outputs [4, 4, 7] of one row begin anew at [0, 2]: output 4 comes twice, 7 once.
        cells = np.sort((of << 32 | outputs)[outputs > 0])
        first = np.flatnonzero(starts(cells))
        counts = np.diff(first, append=len(cells))
        outputs = (cells[first] & 0xFFFFFFFF).astype(np.int32)
        return outputs, cells[first] >> 32, (1 + np.log(counts)).astype(np.float32) * self.weights[outputs]

    def located(self, text: str | None) -> Located:
        found = spans(text)
        numbers = np.array([self.vocabulary.numbers.get(each.word, 0) for each in found], dtype=np.int64)
        runs = of_runs(self.runs(numbers), found)
        return runs if self.letters is None else together(runs, self.letters.of_spans(found, first=len(self.weights)))

    @property
    def widths(self) -> tuple[int, int]:
        return 0, len(self.weights) + (self.letters.widths[1] if self.letters else 0)

    @property
    def known(self) -> frozenset[str] | None:
        return None

    def names(self) -> Sequence[str]:
        known = [f"has '{word}'" for word in self.vocabulary.words]
        for kind, outputs in zip(("a pair", "a run of three"), self._runs, strict=False):
            known += [f"has {kind} of group {number}" for number in used(outputs)]
        return ["has nothing known", *known, *(self.letters.names() if self.letters else ())]

    def state(self) -> State:
        arrays = {f"runs_{size}": used(outputs) for size, outputs in enumerate(self._runs, 2)}
        if self.letters:
            arrays |= {f"letters_{name}": array for name, array in self.letters.state().arrays.items()}
        return State(
            meta={"sublinear": self.sublinear, "runs": len(self._runs), "letters": self.letters is not None},
            arrays={**arrays, "weights": self.weights},
            texts={"words": "\n".join(self.vocabulary.words)},
        )

    @classmethod
    def from_state(cls, state: State) -> Self:
        arrays, text = state.arrays, state.texts["words"]
        runs = [arrays[f"runs_{size}"] for size in range(2, 2 + int(state.meta["runs"]))]
        inner = (
            State(arrays={name: arrays[f"letters_{name}"] for name in ("buckets", "weights")})
            if state.meta["letters"]
            else None
        )
        made = cls()
        vocabulary = Vocabulary(text.split("\n") if text else [])
        letters = Letters.from_state(inner) if inner else None
        made._set(bool(state.meta["sublinear"]), vocabulary, runs, np.asarray(arrays["weights"]), letters)
        return made


def halves(numbers: Ints) -> tuple[Hashes, Hashes]:
    """(words,) what each word brings to the bucket of a pair as its first, and as its second."""
    first = numbers.view(np.uint64) * _FACTORS[0]
    return (first ^ (first >> _FOLD)) * _FACTORS[0], numbers.view(np.uint64) * _FACTORS[1]


def _buckets(numbers: Ints, size: int) -> Ints:
    """(words - size + 1,) the bucket of each run of words; unknown words count as one word.

    The top bits of numbers times large odd factors are spread evenly (Knuth, The Art of Computer Programming 3, 6.4).
    """
    wide = numbers.view(np.uint64)
    count = max(len(wide) - size + 1, 0)
    values = wide[:count] * _FACTORS[0]
    for place in range(1, size):
        values = (values ^ (values >> _FOLD)) * _FACTORS[0] ^ wide[place : place + count] * _FACTORS[place]
    return np.asarray(values >> _SHIFT).view(np.int64)
