"""The frequent words of texts, as rules and trees read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratchet.features import scripts, tokens
from ratchet.features.words import PlainWords, Words


@pytest.mark.parametrize(
    ("texts", "word"),
    [("नमस्ते दुनिया", "नमस्ते"), ("schön :-)", ":-)"), ("ok <3", "<3"), ("สวัสดี", "สวัสดี"), ("cafe\u0301", "café")],
)
def test_words_of_every_script_are_whole(texts: str, word: str) -> None:
    assert f"has '{word}'" in Words().fit([texts] * 3).names()
    assert f"has '{word}'" not in PlainWords().fit([texts] * 3).names()


@given(st.lists(st.one_of(st.none(), st.text("ab é!:)3<\n🎉ह", max_size=12)), max_size=12))
def test_texts_are_read_alone_as_among_others(texts: list[str | None]) -> None:
    for way, spell in ((Words, scripts.words), (PlainWords, tokens.words)):
        made = way().fit([*texts, "a ab é 🎉", "a ab b", "a b :)"])
        together = made.transform(texts)
        rows = together.sparse
        assert rows is not None
        for at, text in enumerate(texts):
            alone = made.transform([text]).sparse
            assert alone is not None
            own = rows.indices[rows.indptr[at] : rows.indptr[at + 1]].tolist()
            assert own == alone.indices.tolist()
            assert together.dense[at] == len(spell(text))
            known = {
                name.removeprefix("has '").removesuffix("'"): number for number, name in enumerate(made.names()[1:])
            }
            assert own == sorted({known[word] for word in spell(text) if word in known})


def test_words_in_two_texts_are_left_out_and_the_most_frequent_come_first() -> None:
    made = Words().fit(["b a", "a b", "a a b", "a c", "c"])
    assert made.names() == ["number of words", "has 'a'", "has 'b'"]
