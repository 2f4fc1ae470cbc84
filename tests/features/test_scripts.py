from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ratchet.features.scripts import tokens, words

ODD = st.text(
    st.one_of(
        st.sampled_from("ab1_ \n\t!?:;=<-'^)(|*][}{dpo3/\\éǅßİΣ"),
        st.sampled_from("किमาน้ำคَбё日本😀👩👧\u200d\ufe0f\U0001f3fd🇫🇷☀\u0301\u20e3\u0345\ud800"),
        st.characters(),
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("यह किताब अच्छी है।", ["यह", "किताब", "अच्छी", "है"]),
        ("น้ำ ดี", ["น้ำ", "ดี"]),
        ("كِتَابٌ جميل", ["كِتَابٌ", "جميل"]),
        ("déjà vu", ["déjà", "vu"]),
        ("de\u0301ja\u0300 vu", ["déjà", "vu"]),
        ("so good :) :-( ;D =P :'( <3 </3", ["so", "good", ":)", ":-(", ";d", "=p", ":'(", "<3", "</3"]),
        (":):D fine:)", [":)", ":d", "fine", ":)"]),
        ("http://a.b 12:30 note:do x<3 a:/b", ["http", "a", "b", "12", "30", "note", "do", "x", "3", "a", "b"]),
        ("meh :/ :\\ ://", ["meh", ":/", ":\\"]),
        ("👍🏽 👩‍👧 ❤️ 🇫🇷", ["👍", "👩", "👧", "❤", "🇫🇷"]),
        ("Don't miss it!!", ["don", "t", "miss", "it", "!!"]),
        ("日本語 и ещё", ["日本語", "и", "ещё"]),
    ],
)
def test_words_of_every_script(text: str, found: list[str]) -> None:
    assert words(text) == [unicodedata.normalize("NFC", each) for each in found]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.none(), ODD), max_size=6))
def test_many_texts_have_the_words_of_each_alone(texts: list[str | None]) -> None:
    found = tokens(texts)
    spelled = iter(found.spelled(found.starts.argsort()))
    assert [[next(spelled) for _ in range(count)] for count in found.counts.tolist()] == [words(each) for each in texts]
