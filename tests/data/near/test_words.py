import re

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from ratchet.data.near import words as module
from ratchet.data.near.words import words_of


def cut(text: str) -> list[str]:
    words = words_of(pl.Series([text], dtype=pl.String))
    return [words.word(place) for place in range(len(words.hashes))]


@given(st.lists(st.text(alphabet="abcXYZ019 .,'-\n\t!", max_size=40), min_size=1, max_size=8))
def test_words_are_those_a_pattern_finds(texts: list[str]) -> None:
    words = words_of(pl.Series(texts))
    found = [re.findall(r"[a-z0-9]+", text.lower()) for text in texts]
    assert words.counts.tolist() == [len(each) for each in found]
    flat = [word for each in found for word in each]
    assert [words.word(place) for place in range(len(flat))] == flat
    by_hash = dict(zip(words.hashes.tolist(), flat, strict=True))
    assert [by_hash[each] for each in words.hashes.tolist()] == flat
    assert len(by_hash) == len(set(flat))


@given(st.lists(st.text(max_size=30), max_size=6))
def test_any_text_can_be_cut(texts: list[str]) -> None:
    words = words_of(pl.Series(texts, dtype=pl.String))
    assert int(words.counts.sum()) == len(words.hashes) == len(words.begins)


def test_quotes_and_dashes_part_words_and_accents_do_not() -> None:
    assert cut("“Été”—naïve\u00a0fin") == ["été", "naïve", "fin"]


def test_characters_without_spaces_are_words_of_their_own() -> None:
    assert cut("日本語 ok") == ["日", "本", "語", "ok"]


def test_hashes_do_not_depend_on_the_batch() -> None:
    texts = pl.Series([f"word{number % 7} and some more words {number}" for number in range(60_000)])
    assert texts.str.len_bytes().sum() > module._BATCH
    whole, last = words_of(texts), words_of(texts[-1:])
    assert whole.hashes[-6:].tolist() == last.hashes.tolist()
    assert whole.word(len(whole.hashes) - 1) == "59999"
