from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ratchet.features.encoder import Columns
from ratchet.kinds.kind import Kind
from ratchet.models import catalogue
from ratchet.models.recipe import Recipe
from ratchet.spec import CandidateSpec
from ratchet.testing.examples import RawWords
from ratchet.training.alternatives import MOST, alternatives
from ratchet.training.task import TrainingRows

KINDS = {"title": Kind.TEXT, "body": Kind.TEXT, "price": Kind.NUMBER}
PLAIN: Columns = {"title": ["a lamp"] * 40, "body": ["of oil, 2 < 3"] * 40, "price": np.ones(40)}
MARKED: Columns = {**PLAIN, "body": ["of <b>oil</b>", "no marks"] * 20}


def found(columns: Columns = PLAIN, texts: dict[str, Any] | None = None, **candidate: Any) -> tuple[Recipe, ...]:
    kinds = {name: KINDS[name] for name in columns}
    asked = CandidateSpec(**{"family": "linear.v1", **candidate})
    rows = TrainingRows(
        columns=columns, kinds=kinds, labels=np.arange(40, dtype=np.int32) % 2, classes=("a", "b"),
        ids=np.arange(40, dtype=np.uint64), tune=np.zeros(40, bool),
    )  # fmt: skip
    planned = Recipe.plan(asked.family, kinds, encoders=asked.encoders_of(kinds), texts=texts)
    made = alternatives(planned, asked, rows)
    assert made[0] == planned
    assert len({each.id for each in made}) == len(made) <= MOST
    for each in made:  # every one can be planned again on the same columns
        assert each.on(kinds) == each
    return made


def test_several_texts_are_read_apart_as_one_or_both() -> None:
    _, joined, both = found()
    assert joined.texts == {"title + body": {"of": ["title", "body"]}}
    assert set(joined.encoders) == {"price", "title + body"}
    assert set(both.encoders) == {"title", "body", "price", "title + body"}


def test_marks_are_left_or_cleaned() -> None:
    _, joined, clean, _ = found(MARKED)
    assert joined.texts == {"title + body": {"of": ["title", "body"]}}
    assert clean.texts == {"title + body": {"of": ["title", "body"], "clean": ["html"]}}
    _, alone, *_ = found({"body": MARKED["body"]})
    assert alone.texts == {"body": {"of": ["body"], "clean": ["html"]}}


def test_short_texts_may_be_read_by_their_letters_alone() -> None:
    assert [each.encoders["body"] for each in found({"body": PLAIN["body"]})] == ["ngrams.v2", "chars.v1"]
    assert len(found({"body": ["word " * 200] * 40})) == 1


def test_a_column_in_a_known_language_is_tried_without_its_stop_words(monkeypatch: pytest.MonkeyPatch) -> None:
    french: Columns = {"body": ["l'huile de la lampe est pour les soirées"] * 40}
    monkeypatch.setattr("ratchet.training.alternatives.can_lemmatise", lambda language: language == "de")
    assert [each.texts for each in found(french)] == [{}, {}, {"body": {"of": ["body"], "stop_words": "fr"}}]
    monkeypatch.setattr("ratchet.training.alternatives.can_lemmatise", lambda language: language == "fr")
    assert found(french)[-1].texts == {"body": {"of": ["body"], "lemmas": "fr"}}
    long: Columns = {"body": ["l'huile de la lampe est pour les soirées " * 2_000] * 40}
    assert [each.texts for each in found(long)] == [{}]
    said = {"body": {"of": ["body"]}}
    assert [each.texts for each in found(french, texts=said)] == [said, said]


def test_what_the_spec_says_stays() -> None:
    said = {"body": {"of": ["body"]}}
    assert [each.texts for each in found({"body": MARKED["body"]}, texts=said)] == [said, said]
    assert len(found(encoders={"text": "words.v1"})) == 1
    assert len(found(encoders={"title": "words.v1"}, texts=said)) == 2
    clean = {name: {"of": [name], "clean": ["html"]} for name in ("title", "body")}
    assert found(MARKED, texts=clean)[1].texts == {"title + body": {"of": ["title", "body"], "clean": ["html"]}}
    assert all("title + body" not in each.texts for each in found(MARKED, texts={"title": clean["title"]}))


def test_without_texts_there_is_one_way() -> None:
    assert len(found({"price": PLAIN["price"]})) == 1


def test_a_family_that_reads_columns_itself_has_one_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(catalogue.FAMILIES, "raw_words.v1", RawWords())
    assert len(found(MARKED, family="raw_words.v1")) == 1
