"""Questions about the words and letters of texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl

from ratchet.arrays import Bools, Ints
from ratchet.data.checks.decision_list.predicates import Contains, HasWord, Predicate
from ratchet.data.checks.decision_list.questions import Gain, counted, top
from ratchet.data.near.components import distinct
from ratchet.data.near.words import words_of

Asked = tuple[float, int, Predicate]

_SEEN = 3
_SHORTEST, _LONGEST = 4, 10
_FEW_ROWS, _FEW_BYTES = 100, 100_000
_TRIED = 20


class WordQuestions:
    """Which words a text has; the best word is trimmed to the letters in it that do better still.

    Rare classes are asked for letters that their texts share too, since no whole word may occur twice in them.
    """

    def __init__(self, texts: pl.Series, columns: Sequence[str]) -> None:
        words = words_of(texts)
        known, first, ids = np.unique(words.hashes, return_index=True, return_inverse=True)
        pairs = distinct(words.texts * np.int64(max(1, len(known))) + ids)
        rows, ids = np.divmod(pairs, max(1, len(known)))
        seen = np.bincount(ids, minlength=len(known)) >= _SEEN
        renumber = np.cumsum(seen) - 1
        self._rows, self._ids = rows[seen[ids]], renumber[ids[seen[ids]]]
        self._words = [words.word(int(place)) for place in first[seen]]
        self._texts, self._columns = texts.str.to_lowercase(), tuple(columns)
        self.count = len(known)

    def best(self, labels: Ints, classes: int, left: Bools, gain: Gain) -> Asked:
        here = left[self._rows]
        counts = counted(self._ids[here], labels[self._rows[here]], len(self._words), classes)
        worth, place, label = top(gain(counts))
        remaining, labels = self._texts.filter(pl.Series(left)), labels[left]
        asked: list[Asked] = []
        few = np.flatnonzero(np.bincount(labels, minlength=classes) <= _FEW_ROWS) if worth <= 0 else ()
        for rare in map(int, few):
            letters = _shared(remaining.filter(pl.Series(labels == rare)).to_list())
            asked += [self._contains(each, rare, remaining, labels, classes, gain) for each in letters]
        if worth > 0:
            asked.append(self._trimmed(self._words[place], label, remaining, labels, classes, gain))
            asked.append((worth, label, HasWord(self._columns, self._words[place])))
        worth, label, predicate = max(asked, key=lambda each: each[0], default=(-np.inf, 0, HasWord((), "")))
        if worth > 0 and isinstance(predicate, Contains):
            return worth, label, Contains(self._columns, _grown(predicate.letters, remaining))
        return worth, label, predicate

    def _contains(self, letters: str, label: int, texts: pl.Series, labels: Ints, classes: int, gain: Gain) -> Asked:
        hit = texts.str.contains(letters, literal=True).to_numpy()
        worth = gain(np.bincount(labels[hit], minlength=classes)[None, :])[0, label]
        return float(worth), label, Contains(self._columns, letters)

    def _trimmed(self, word: str, label: int, texts: pl.Series, labels: Ints, classes: int, gain: Gain) -> Asked:
        """The longest part of a word of the highest worth, found by leaving letters off its end, then its beginning."""
        best = self._contains(word, label, texts, labels, classes, gain)
        for step in (slice(None, -1), slice(1, None)):
            part = best[2].letters if isinstance(best[2], Contains) else word
            while len(part := part[step]) >= _SHORTEST:
                shorter = self._contains(part, label, texts, labels, classes, gain)
                if shorter[0] < best[0]:
                    break
                best = shorter if shorter[0] > best[0] else best
        return best


def _grown(letters: str, texts: pl.Series) -> str:
    """Letters with those around them that stand there in all texts, so that a person reads a word."""
    words = texts.filter(texts.str.contains(letters, literal=True)).str.extract_all(
        rf"[\p{{L}}\p{{N}}]*{letters}[\p{{L}}\p{{N}}]*"
    )
    found = [word for word in words.explode().unique().to_list() if word]
    while len(after := {word.partition(letters)[2][:1] for word in found}) == 1 and (letter := after.pop()):
        letters += letter
    while len(before := {word.partition(letters)[0][-1:] for word in found}) == 1 and (letter := before.pop()):
        letters = letter + letters
    return letters


def _shared(texts: Sequence[str]) -> Iterable[str]:
    """Runs of letters within words that three or more of a few texts share, the most shared and longest first."""
    if len(texts) < _SEEN or sum(map(len, texts)) > _FEW_BYTES:
        return []
    counts = Counter(piece for text in texts for piece in {part for word in text.split() for part in _parts(word)})
    shared = [(count, len(piece), piece) for piece, count in counts.items() if count >= _SEEN]
    return [piece for _, _, piece in sorted(shared, reverse=True)[:_TRIED]]


def _parts(word: str) -> Iterable[str]:
    word = word[:40]
    for size in range(_SHORTEST, min(_LONGEST, len(word)) + 1):
        for begin in range(len(word) - size + 1):
            if (part := word[begin : begin + size]).isalnum():
                yield part
