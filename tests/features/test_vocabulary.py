from __future__ import annotations

import numpy as np

from ratchet.features.tokens import tokens
from ratchet.features.vocabulary import Vocabulary, frequencies


def test_words_by_the_texts_they_are_in() -> None:
    known, counts = Vocabulary.learn(tokens(["b b b a", "a b", "a c", "a", "c d"]), most=9)
    assert known.words == ("a", "b", "c")
    assert counts.tolist() == [4, 2, 2]


def test_the_most_frequent_are_kept() -> None:
    known, _ = Vocabulary.learn(tokens(["a b", "a b", "a"]), most=1)
    assert known.words == ("a",)


def test_arrays_find_what_the_dict_finds() -> None:
    # so many words that some share a bucket
    known = Vocabulary([f"w{number}" for number in range(30_000)])
    column = [f"w{number} v{number}" for number in range(0, 30_000, 3)]
    found = tokens(column)
    expected = [known.numbers.get(word, 0) for word in found.spelled(np.arange(len(found.starts)))]
    assert known.find(found).tolist() == expected


def test_frequencies_count_rows_not_cells() -> None:
    values, rows = np.array([1, 1, 2, 1]), np.array([0, 0, 0, 1])
    assert frequencies(values, rows, 4).tolist() == [0, 2, 1, 0]
