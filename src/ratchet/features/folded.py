"""Sums of weights of a text's outputs, folded word by word: what a linear model needs of `ngrams.v2`, in few cells.

The pieces of a word depend on the word alone, and the length of a row is the root of a sum over its words.  So the
weights of a word's pieces are summed once for each word that is known, and a text of 20 words needs 20 such sums in
place of 400 pieces.  Weights and the square that goes into the length lie side by side: one look-up finds both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import cast

import numpy as np
import numpy.typing as npt

from ratchet.arrays import Floats32, Floats64, Ints, Ints32
from ratchet.features.blocks import length, lengths, squares
from ratchet.features.encoder import Column, Encoder
from ratchet.features.grams import Grams, halves
from ratchet.features.letters import Letters
from ratchet.features.matrix import row_sums
from ratchet.features.scripts import tokens, words
from ratchet.features.tokens import Tokens
from ratchet.features.vocabulary import Vocabulary

MOST_SUMS = 50_000_000
"""Words times classes whose sums are kept, 4 bytes each; with more, nothing is folded."""
REMEMBERED = 300_000
"""Letters of words whose sums are remembered between single texts."""
_TEXTS = 2_000
_NOT_MADE = -1.0
_ALONE = np.zeros(1, dtype=np.int64)

Scores = Callable[[Column], Floats32]
"""A column to (rows, columns) sums of weights."""
Cells = npt.NDArray[np.void]
"""(cells,) of the fields ``sums`` (columns,) float32 and ``squares`` float64."""


def folded(encoder: Encoder, weights: Floats32) -> Scores | None:
    """What gives each row's sum of (outputs, columns) ``weights`` times its cells; None where nothing can be folded."""
    if not isinstance(encoder, Grams) or len(encoder.vocabulary) * weights.shape[1] > MOST_SUMS:
        return None
    return FoldedGrams(encoder, weights)


class FoldedGrams:
    """The sums of a text, alone or among others, bit by bit the same."""

    def __init__(self, encoder: Grams, weights: Floats32) -> None:
        own = len(encoder.weights)
        self._encoder = encoder
        by_output = weights[:own] if encoder.sublinear else weights[:own] * encoder.weights[:, None]
        self._cells = _cells(by_output, encoder.squared)
        self._letters = None
        if encoder.letters is not None:
            self._letters = _FoldedLetters(encoder.letters, encoder.vocabulary, weights[own:])
        self._none = np.zeros((0, weights.shape[1]), dtype=np.float32)

    def __call__(self, column: Column) -> Floats32:
        if len(column) == 1:
            return self._one(column[0])
        texts = cast(Sequence[str | None], column)
        parts = [self._many(texts[first : first + _TEXTS]) for first in range(0, len(texts), _TEXTS)]
        return np.concatenate([self._none, *parts])

    def _one(self, text: str | None) -> Floats32:
        """One text: its few words are found faster by pattern and dict than in arrays."""
        spelled = words(text)
        if not spelled:
            return np.zeros((1, self._none.shape[1]), dtype=np.float32)
        if self._letters is None:
            numbers = np.array(list(map(self._encoder.vocabulary.numbers.get, spelled, repeat(0))), dtype=np.int64)
            return self._alone(self._encoder.runs(numbers))
        found = self._letters.found(spelled)
        runs = self._encoder.pairs(found["number"], found["first"], found["second"])
        return self._alone(runs) + _alone(found)

    def _alone(self, runs: Ints32) -> Floats32:
        """(1, columns) the sums of the words and runs of one text."""
        if self._encoder.sublinear:
            return self._of_runs(runs, np.zeros(len(runs), dtype=np.int64), np.array([0, len(runs)]))
        return _alone(self._cells.take(runs.ravel()))

    def _many(self, texts: Sequence[str | None]) -> Floats32:
        found = tokens(texts)
        numbers, rows = self._encoder.vocabulary.find(found), found.rows()
        bounds = np.concatenate([_ALONE, np.cumsum(found.counts)])
        sums = self._of_runs(self._encoder.runs(numbers, rows), rows, bounds)
        return sums if self._letters is None else sums + self._letters.many(found, numbers, bounds)

    def _of_runs(self, runs: Ints32, rows: Ints, bounds: Ints) -> Floats32:
        """(rows, columns) sums over the words and runs of words; the words of each row lie between two ``bounds``."""
        if not self._encoder.sublinear:
            cells = self._cells.take(runs.ravel())
            return _scaled(cells["sums"], cells["squares"], bounds * runs.shape[1])
        outputs, of, weights = self._encoder.weighed(runs, rows)
        sums = self._cells.take(outputs)["sums"] * weights[:, None]
        return _scaled(sums, squares(weights), np.searchsorted(of, np.arange(len(bounds))))


class _FoldedLetters:
    """The sums of the pieces of each known word, made when it is first met; those of other words are made anew."""

    def __init__(self, letters: Letters, vocabulary: Vocabulary, weights: Floats32) -> None:
        self._letters, self._vocabulary = letters, vocabulary
        self._pieces = _cells(weights * letters.weights[:, None], letters.squared)
        self._known = np.zeros(len(vocabulary) + 1, dtype=self._pieces.dtype)
        self._known["squares"][1:] = _NOT_MADE
        of_words = [("number", np.int64), ("first", np.uint64), ("second", np.uint64)]
        self._words = np.dtype([*of_words, *_fields(weights)], align=True)
        self._remembered, self._letters_remembered = dict[str, bytes](), 0

    def found(self, spelled: Sequence[str]) -> Cells:
        """(words,) the sums of words by their spelling, and the ``number`` of each with its `halves`."""
        try:
            made = b"".join(map(self._remembered.__getitem__, spelled))
        except KeyError:
            made = self._remember(spelled)
        return np.frombuffer(made, dtype=self._words)

    def many(self, found: Tokens, numbers: Ints, bounds: Ints) -> Floats32:
        """(texts, columns) the sums of texts that were cut into words, which lie between ``bounds``."""
        cells, unknown = self._of_known(numbers), np.flatnonzero(numbers == 0)
        cells[unknown] = self._sums(*self._letters.by_word(found, unknown))
        return _scaled(cells["sums"], cells["squares"], bounds)

    def _of_known(self, numbers: Ints) -> Cells:
        """(words,) the sums of words by their numbers; nothing for the unknown ones."""
        squared = self._known["squares"][numbers]  # first: of what has squares, another thread has written the sums
        if np.minimum.reduce(squared, initial=0.0) < 0:
            new = np.unique(numbers[squared < 0])
            spelled = [self._vocabulary.words[number - 1] for number in new.tolist()]
            made = self._sums(*self._letters.of_words(spelled))
            self._known["sums"][new] = made["sums"]
            self._known["squares"][new] = made["squares"]
        return self._known.take(numbers)

    def _remember(self, spelled: Sequence[str]) -> bytes:
        """What is `found` of words, one after the other."""
        known = self._remembered
        new = [word for word in dict.fromkeys(spelled) if word not in known]
        if self._letters_remembered > REMEMBERED:  # other threads go on with what was remembered
            known, self._letters_remembered = {word: known[word] for word in spelled if word in known}, 0
            self._remembered = known
        sums, cells = self._sums(*self._letters.of_words(new)), np.zeros(len(new), dtype=self._words)
        cells["number"] = [self._vocabulary.numbers.get(word, 0) for word in new]
        cells["first"], cells["second"] = halves(cells["number"].copy())
        cells["squares"], cells["sums"] = sums["squares"], sums["sums"]
        known.update(zip(new, map(np.void.tobytes, cells), strict=True))
        self._letters_remembered += sum(map(len, new))
        return b"".join(map(known.__getitem__, spelled))

    def _sums(self, outputs: Ints32, counts: Ints) -> Cells:
        """(words,) the sums of words whose pieces these are, for each size word by word."""
        bounds = np.concatenate([_ALONE, np.cumsum(counts)])
        pieces, made = self._pieces.take(outputs), np.empty(counts.shape[1], dtype=self._pieces.dtype)
        for field in ("sums", "squares"):
            sums = row_sums(pieces[field], bounds)
            np.add.reduce(sums.reshape(*counts.shape, *sums.shape[1:]), axis=0, out=made[field])
        return made


def _fields(sums: Floats32) -> list[tuple[str, type, tuple[int, ...]]]:
    return [("squares", np.float64, ()), ("sums", np.float32, sums.shape[1:])]


def _cells(sums: Floats32, squared: Floats64) -> Cells:
    made = np.empty(len(sums), dtype=np.dtype(_fields(sums), align=True))
    made["sums"], made["squares"] = sums, squared
    return made


def _alone(cells: Cells) -> Floats32:
    """(1, columns) the sums of the cells of one row by its length, bit by bit those of `_scaled`."""
    return np.asarray(np.add.reduceat(cells["sums"], _ALONE) / length(np.add.reduceat(cells["squares"], _ALONE)[0]))


def _scaled(sums: Floats32, squared: Floats64, bounds: Ints) -> Floats32:
    """(rows, columns) the sums of rows, each by its length; the cells of a row lie between two ``bounds``."""
    return np.asarray(row_sums(sums, bounds) / lengths(row_sums(squared, bounds))[:, None])
