from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pytest

from ratchet.errors import SpecError
from ratchet.features.encoder import Columns
from ratchet.features.lemmas import _lemmatiser
from ratchet.features.prepared import prepared, prepared_kinds, unprepared
from ratchet.features.stop_words import STOP_WORDS
from ratchet.kinds.kind import Kind

COLUMNS: Columns = {
    "title": ["Lampe", None, None],
    "body": ["L'huile<br>de la lampe", "<b>Rien</b>", None],
    "price": np.ones(3),
}
BOTH = {"title + body": {"of": ["title", "body"], "clean": ["html"]}}


def test_columns_are_joined_and_cleaned_in_place_of_their_own() -> None:
    made = prepared(COLUMNS, BOTH)
    assert list(made) == ["price", "title + body"]
    assert made["title + body"] == ["Lampe\nL'huile de la lampe", "Rien", None]
    kinds = {"title": Kind.TEXT, "body": Kind.TEXT, "price": Kind.NUMBER}
    assert prepared_kinds(kinds, BOTH) == {"price": Kind.NUMBER, "title + body": Kind.TEXT}
    assert unprepared(["price", "title + body"], BOTH) == ["price", "title", "body"]


def test_a_column_may_be_made_of_itself_and_be_in_another() -> None:
    made = prepared(COLUMNS, BOTH | {"title": {"of": ["title"]}})
    assert list(made) == ["price", "title + body", "title"]
    assert made["title"] == ["Lampe", None, None]


def test_stop_words_go_whatever_their_case() -> None:
    made = prepared(COLUMNS, {"body": {"of": ["body"], "clean": ["html"], "stop_words": "fr"}})
    assert [(text or "").split() for text in made["body"]] == [["'huile", "lampe"], ["Rien"], []]


@pytest.mark.parametrize("language", STOP_WORDS)
def test_stop_words_are_written_as_words_are_found(language: str) -> None:
    assert all(word == word.lower() and word.isalpha() for word in STOP_WORDS[language])
    assert len(STOP_WORDS[language]) > 90


def test_a_language_without_stop_words_is_said() -> None:
    with pytest.raises(SpecError, match="no stop words for the language 'xx'"):
        prepared(COLUMNS, {"body": {"of": ["body"], "stop_words": "xx"}})


def test_lemmas_without_their_extra_say_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "simplemma", None)
    _lemmatiser.cache_clear()
    with pytest.raises(SpecError, match=r"lemmas.*not installed") as raised:
        prepared(COLUMNS, {"body": {"of": ["body"], "lemmas": "fr"}})
    assert "pip install 'ratchet-ml[lemmas]'" in raised.value.todo


def test_lemmas_are_put_for_words_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = ModuleType("simplemma")
    stand_in.lemmatize = lambda word, lang: {"lampes": "lampe"}.get(word, word)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "simplemma", stand_in)
    _lemmatiser.cache_clear()
    made = prepared({"body": ["2 lampes, vertes!", None]}, {"body": {"of": ["body"], "lemmas": "fr"}})
    assert made["body"] == ["2 lampe, vertes!", None]
    _lemmatiser.cache_clear()


def test_real_lemmas_where_their_extra_is_installed() -> None:
    pytest.importorskip("simplemma", reason="the extra 'lemmas' is not installed")
    _lemmatiser.cache_clear()
    made = prepared({"body": ["des chevaux verts"]}, {"body": {"of": ["body"], "lemmas": "fr"}})
    assert "cheval" in str(made["body"][0])
    with pytest.raises(SpecError, match="no base forms for the language 'xx'"):
        prepared({"body": ["a"]}, {"body": {"of": ["body"], "lemmas": "xx"}})
