from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ratchet.features.pieces import SIZES, by_word, each_word, of_tokens, of_words
from ratchet.features.tokens import spelled_out

WORDS = st.lists(st.text(alphabet="abé😀", min_size=1, max_size=9), min_size=1, max_size=6)


@given(WORDS)
def test_a_word_has_a_piece_for_each_of_its_places(spelled: list[str]) -> None:
    sizes = (2, 3, 4, 5)
    buckets, counts = by_word(spelled_out(spelled), np.arange(len(spelled)), sizes, 60)
    again, same = of_words(spelled, sizes, 60)
    assert (again.tolist(), same.tolist()) == (buckets.tolist(), counts.tolist())
    expected = [
        f" {word} "[place : place + size]
        for size in sizes
        for word in spelled
        for place in range(len(word) - max(size - 3, 0))
    ]
    assert counts.tolist() == [[max(len(word) - max(size - 3, 0), 0) for word in spelled] for size in sizes]
    assert len(set(zip(expected, buckets.tolist(), strict=True))) == len(set(expected)) == len(set(buckets.tolist()))


@given(WORDS)
def test_a_word_has_the_same_pieces_alone_and_among_others(spelled: list[str]) -> None:
    places = np.arange(len(spelled))
    by_size = of_tokens(spelled_out(spelled), places, places)
    assert len(by_size) == len(SIZES)
    for place, alone in enumerate(each_word(spelled)):
        among = [buckets[owners == place] for buckets, owners in by_size]
        assert np.concatenate(among).tolist() == alone.tolist()
        assert np.array_equal(each_word([spelled[place]])[0], alone)


def test_no_words_have_no_pieces() -> None:
    buckets, counts = by_word(spelled_out([]), np.arange(0), SIZES, 20)
    assert (len(buckets), counts.shape) == (0, (2, 0))
