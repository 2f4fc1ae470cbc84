"""Words with the characters of the text that they are."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ratchet.features import scripts, tokens
from ratchet.features.offsets import origins

SIGMA = {0x3C2: 0x3C3}
NASTY = (
    "aZ é\u0301e\u0308İI\u03a3\u03c3\u03c2"
    "!?:)-<3ßﬁ\u0958\u0f73\u0f71\u0344각ᄀ\u1161\u11a8\u0338=\U0001f1e6\U0001f600\u200d\ufe0f"
)
TEXTS = st.text(max_size=40) | st.text(st.sampled_from(NASTY), max_size=40)


def _folded(text: str) -> str:
    """A sigma at the end of a slice is written as at the end of a word."""
    return unicodedata.normalize("NFC", text.lower()).translate(SIGMA)


@given(TEXTS)
@example("İstanbul'da ÇOK güzel")
@example("e\u0301te\u0301 = ete\u0301, \u1100\u1161\u11a8!")
def test_a_word_is_the_characters_it_is_said_to_be(text: str) -> None:
    found = scripts.spans(text)
    assert [each.word for each in found] == scripts.words(text)
    for each in found:
        assert 0 <= each.start < each.end <= len(text)
        assert _folded(text[each.start : each.end]) == each.word.translate(SIGMA)
    assert all(one.end <= other.start for one, other in pairwise(found))


@given(TEXTS)
def test_so_it_is_with_the_words_of_the_first_release(text: str) -> None:
    found = tokens.spans(text)
    assert [each.word for each in found] == tokens.words(text)
    for each in found:
        assert each.word.translate(SIGMA) in text[each.start : each.end].lower().translate(SIGMA)


@given(TEXTS)
def test_every_character_comes_from_somewhere(text: str) -> None:
    made = unicodedata.normalize("NFC", text.lower())
    places = origins(text, made)
    assert len(places) == len(made)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert places == sorted(places)


@pytest.mark.parametrize("text", ["", None])
def test_nothing_has_no_words(text: str | None) -> None:
    assert scripts.spans(text) == tokens.spans(text) == []
