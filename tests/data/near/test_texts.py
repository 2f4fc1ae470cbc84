import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from ratchet.data.near.jaccard import similarities
from ratchet.data.near.shingles import shingles
from ratchet.data.near.texts import ALIKE, alike_texts

WORDS = [f"w{number}" for number in range(3_000)]


def pairs_of(text: str) -> set[tuple[str, str]]:
    words = ["^", *text.split(), "$"]
    return set(itertools.pairwise(words))


def jaccard(one: str, other: str) -> float:
    a, b = pairs_of(one), pairs_of(other)
    return len(a & b) / len(a | b)


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=9).map(" ".join), min_size=2, max_size=6))
def test_similarity_is_that_of_sets_of_pairs(texts: Sequence[str]) -> None:
    places = np.array([(i, j) for i in range(len(texts)) for j in range(len(texts))])
    found = similarities(shingles(pl.Series(texts)), places)
    assert np.allclose(found, [jaccard(texts[i], texts[j]) for i, j in places.tolist()])


def test_changed_copies_are_found_and_strangers_are_not() -> None:
    rng = np.random.default_rng(1)
    texts: list[str] = []
    partner: list[int] = []
    for number in range(600):
        words = list(rng.choice(WORDS, rng.integers(20, 80)))
        texts.append(" ".join(words))
        words[int(rng.integers(len(words)))] = "changed"
        texts.append(" ".join(words))
        partner.append(number)
    groups, _ = alike_texts(pl.Series(texts))
    similar = np.array([jaccard(texts[2 * each], texts[2 * each + 1]) >= ALIKE for each in partner])
    together = groups[0::2] == groups[1::2]
    assert together[similar].mean() > 0.97
    assert not together[~similar].any()
    assert len(set(groups.tolist())) >= 600


def test_case_spaces_and_punctuation_make_no_difference() -> None:
    groups, words = alike_texts(pl.Series(["Kim Fatty, the Third!", "kim  fatty the third", "kim the third"]))
    assert groups[0] == groups[1] != groups[2]
    assert words.tolist() == [4, 4, 3]


def test_texts_without_words_are_alone() -> None:
    groups, _ = alike_texts(pl.Series(["", "...", "!", "", "one two"]))
    assert len(set(groups.tolist())) == 5


def test_one_word_of_a_short_text_tells_it_apart() -> None:
    groups, _ = alike_texts(pl.Series(["this film is good", "this film is bad", "this film is not good"]))
    assert len(set(groups.tolist())) == 3


def test_real_reviews_have_their_known_copies(real_data: Callable[[str], Path]) -> None:
    texts = pl.read_parquet(real_data("imdb.parquet"))["text"]
    groups, _ = alike_texts(texts)
    sizes = np.bincount(groups)
    assert texts.n_unique() > len(sizes) > texts.n_unique() - 100
    for group in np.flatnonzero(sizes > 1)[:50]:
        members = texts.filter(pl.Series(groups == group)).unique().to_list()
        assert all(len(set(members[0].split()) & set(each.split())) > 5 for each in members)
