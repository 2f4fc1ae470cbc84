"""Sums of weights of a text's outputs, folded word by word: what a linear model needs of `ngrams.v2`, in few cells.

The pieces of a word depend on the word alone, and the length of a row is the root of a sum over its words.  So the
weights of a word's pieces are summed once for each word that is known, and a text of 20 words needs 20 such sums in
place of 400 pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import cast

import numpy as np

from ratchet.arrays import Floats32, Floats64, Ints, Ints32
from ratchet.features.blocks import length, lengths, squares
from ratchet.features.encoder import Column, Encoder
from ratchet.features.grams import Grams
from ratchet.features.letters import Letters
from ratchet.features.matrix import row_sums
from ratchet.features.scripts import tokens, words
from ratchet.features.tokens import Tokens, spelled_out
from ratchet.features.vocabulary import Vocabulary

MOST_SUMS = 50_000_000
"""Words times classes whose sums are kept, 4 bytes each; with more, nothing is folded."""
REMEMBERED = 20_000
"""Unknown words whose sums are remembered between single texts."""
_TEXTS = 2_000
_ALONE = np.zeros(1, dtype=np.int64)

Scores = Callable[[Column], Floats32]
"""A column to (rows, columns) sums of weights."""


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
        self._weights = weights[:own] if encoder.sublinear else weights[:own] * encoder.weights[:, None]
        self._letters = None
        if encoder.letters is not None:
            self._letters = _FoldedLetters(encoder.letters, encoder.vocabulary, weights[own:])

    def __call__(self, column: Column) -> Floats32:
        if len(column) == 1:
            return self._one(column[0])
        texts = cast(Sequence[str | None], column)
        parts = [self._many(texts[first : first + _TEXTS]) for first in range(0, len(texts), _TEXTS)]
        return np.concatenate([np.zeros((0, self._weights.shape[1]), dtype=np.float32), *parts])

    def _one(self, text: str | None) -> Floats32:
        """One text: its few words are found faster by pattern and dict than in arrays."""
        spelled = words(text)
        if not spelled:
            return np.zeros((1, self._weights.shape[1]), dtype=np.float32)
        places = list(map(self._encoder.vocabulary.numbers.get, spelled, repeat(0)))
        numbers = np.array(places, dtype=np.int64)
        runs = self._encoder.runs(numbers)
        if self._encoder.sublinear:
            sums = self._of_runs(runs, np.zeros(len(numbers), dtype=np.int64), np.array([0, len(numbers)]))
        else:
            outputs = runs.ravel()
            squared = np.add.reduce(self._encoder.squared[outputs])
            sums = np.asarray(np.add.reduceat(self._weights[outputs], _ALONE) / length(squared))
        return sums if self._letters is None else sums + self._letters.one(spelled, places, numbers)

    def _many(self, texts: Sequence[str | None]) -> Floats32:
        found = tokens(texts)
        numbers, rows = self._encoder.vocabulary.find(found), found.rows()
        bounds = np.concatenate([_ALONE, np.cumsum(found.counts)])
        sums = self._of_runs(self._encoder.runs(numbers, rows), rows, bounds)
        return sums if self._letters is None else sums + self._letters.many(found, numbers, bounds)

    def _of_runs(self, runs: Ints32, rows: Ints, bounds: Ints) -> Floats32:
        """(rows, columns) sums over the words and runs of words; the words of each row lie between two ``bounds``."""
        if self._encoder.sublinear:
            outputs, of, weights = self._encoder.weighed(runs, rows)
            bounds = np.searchsorted(of, np.arange(len(bounds)))
            cells, squared = self._weights[outputs] * weights[:, None], squares(weights)
        else:
            outputs, bounds = runs.ravel(), bounds * runs.shape[1]
            cells, squared = self._weights[outputs], self._encoder.squared[outputs]
        sums = row_sums(cells, bounds)
        return np.asarray(sums / lengths(row_sums(squared, bounds))[:, None])


class _FoldedLetters:
    """The sums of the pieces of each known word, made when it is first met; those of other words are made anew."""

    def __init__(self, letters: Letters, vocabulary: Vocabulary, weights: Floats32) -> None:
        self._letters, self._words = letters, vocabulary.words
        self._cells = weights * letters.weights[:, None]
        self._sums = np.zeros((len(vocabulary) + 1, weights.shape[1]), dtype=np.float32)
        self._squares = np.zeros(len(vocabulary) + 1)
        self._made = np.zeros(len(vocabulary) + 1, dtype=bool)
        self._remembered: dict[str, tuple[Floats32, float]] = {}

    def one(self, spelled: Sequence[str], places: Sequence[int], numbers: Ints) -> Floats32:
        """(1, columns) the sums of one text, whose words are ``spelled``."""
        sums, squared = self._known(numbers)
        if 0 in places:
            unknown = [place for place, number in enumerate(places) if not number]
            remembered = self._remember([spelled[place] for place in unknown])
            for place in unknown:
                sums[place], squared[place] = remembered[spelled[place]]
        return np.asarray(np.add.reduceat(sums, _ALONE) / length(np.add.reduce(squared)))

    def many(self, found: Tokens, numbers: Ints, bounds: Ints) -> Floats32:
        """(texts, columns) the sums of texts that were cut into words, which lie between ``bounds``."""
        sums, squared = self._known(numbers)
        unknown = np.flatnonzero(numbers == 0)
        if len(unknown):
            sums[unknown], squared[unknown] = self._of(found, unknown)
        return self._scaled(sums, squared, bounds)

    def _known(self, numbers: Ints) -> tuple[Floats32, Floats64]:
        """(words, columns) sums and (words,) squares by the words' numbers; nothing of use for the unknown ones."""
        made = self._made[numbers]
        if not np.logical_and.reduce(made):
            new = np.unique(numbers[~made])
            found = spelled_out(["" if number == 0 else self._words[number - 1] for number in new.tolist()])
            self._sums[new], self._squares[new] = self._of(found, np.arange(len(new)))
            self._made[new] = True  # last: another thread may read what is made
        return self._sums[numbers], self._squares[numbers]

    def _remember(self, spelled: Sequence[str]) -> dict[str, tuple[Floats32, float]]:
        known = self._remembered
        new = [word for word in dict.fromkeys(spelled) if word not in known]
        if new:
            sums, squared = self._of(spelled_out(new), np.arange(len(new)))
            if len(known) > REMEMBERED:
                known = self._remembered = {word: known[word] for word in spelled if word in known}
            known.update(zip(new, zip(sums, squared.tolist(), strict=True), strict=True))
        return known

    def _of(self, found: Tokens, which: Ints) -> tuple[Floats32, Floats64]:
        """(words, columns) sums and (words,) squares of some words."""
        owners = np.zeros(len(found.starts), dtype=np.int64)
        owners[which] = np.arange(len(which))
        sums = np.zeros((len(which), self._cells.shape[1]), dtype=np.float32)
        squared = np.zeros(len(which))
        for outputs, of in self._letters.of_words(found, which, owners):
            bounds = np.searchsorted(of, np.arange(len(which) + 1))
            sums += row_sums(self._cells[outputs], bounds)
            squared += row_sums(self._letters.squared[outputs], bounds)
        return sums, squared

    @staticmethod
    def _scaled(sums: Floats32, squared: Floats64, bounds: Ints) -> Floats32:
        return np.asarray(row_sums(sums, bounds) / lengths(row_sums(squared, bounds))[:, None])
