"""The frequent words of texts, as rules and trees read them."""

from __future__ import annotations

import pytest

from ratchet.features.words import PlainWords, Words


@pytest.mark.parametrize(
    ("texts", "word"),
    [("नमस्ते दुनिया", "नमस्ते"), ("schön :-)", ":-)"), ("ok <3", "<3"), ("สวัสดี", "สวัสดี"), ("cafe\u0301", "café")],
)
def test_words_of_every_script_are_whole(texts: str, word: str) -> None:
    assert f"has '{word}'" in Words().fit([texts] * 3).names()
    assert f"has '{word}'" not in PlainWords().fit([texts] * 3).names()
