from __future__ import annotations

import pickle

import msgspec
import pytest

from ratchet.errors import SpecError
from ratchet.kinds.kind import Kind
from ratchet.models import catalogue
from ratchet.models.recipe import Recipe
from ratchet.testing.examples import RawWords

KINDS = {"text": Kind.TEXT, "note": Kind.TEXT, "age": Kind.NUMBER, "shop": Kind.CATEGORY, "who": Kind.GROUP}


def test_columns_named_have_the_encoder_named_and_others_the_familys_own() -> None:
    made = Recipe.plan("linear.v1", KINDS, encoders={"note": "words.v1", "shop": "codes.v1"})
    assert made.encoders == {
        "text": "ngrams.v2", "note": "words.v1", "age": "standard.v1", "shop": "codes.v1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("family", "encoders", "problem"),
    [
        ("linear.v1", {"text": "calendar.v1"}, r"calendar\.v1 reads date; 'text' is of kind text"),
        ("linear.v1", {"text": "nothing.v1"}, r"no encoder 'nothing\.v1'"),
        ("nothing.v1", {}, r"no family 'nothing\.v1'"),
        ("raw_words.v1", {"text": "words.v1"}, "reads the columns itself"),
    ],
)
def test_what_cannot_be_is_said(
    family: str, encoders: dict[str, str], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(catalogue.FAMILIES, "raw_words.v1", RawWords())
    with pytest.raises(SpecError, match=problem):
        Recipe.plan(family, KINDS, encoders=encoders)


def test_a_family_that_sees_no_column_says_what_it_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(catalogue.FAMILIES, "raw_words.v1", RawWords())
    with pytest.raises(SpecError, match=r"linear\.v1 sees none of the columns: it reads category, date, number, text"):
        Recipe.plan("linear.v1", {"who": Kind.GROUP, "face": Kind.IMAGE})
    with pytest.raises(SpecError, match=r"raw_words\.v1 sees none of the columns: it reads text"):
        Recipe.plan("raw_words.v1", {"age": Kind.NUMBER})


def test_rows_of_any_kind_can_be_counted() -> None:
    assert Recipe.plan("majority.v1", {"who": Kind.GROUP, "face": Kind.IMAGE}).encoders == {"face": "blank.v1"}


def test_on_other_columns_choices_stay_where_they_can() -> None:
    made = Recipe.plan("linear.v1", KINDS, params={"C": 2.0}, encoders={"note": "words.v1", "shop": "codes.v1"})
    today = made.on({"note": Kind.CATEGORY, "shop": Kind.CATEGORY, "day": Kind.DATE})
    assert today.encoders == {"note": "onehot.v1", "shop": "codes.v1", "day": "calendar.v1"}
    assert today.params == {"C": 2.0}


def test_equal_recipes_are_one_key_and_survive_any_way_of_travel() -> None:
    one = Recipe(family="linear.v1", params={"C": 1.0, "loss": "log"}, encoders={"text": "words.v1"})
    other = Recipe(family="linear.v1", params={"loss": "log", "C": 1.0}, encoders={"text": "words.v1"})
    assert len({one, other, Recipe(family="linear.v1")}) == 2
    assert one.id == other.id
    assert pickle.loads(pickle.dumps(one)) == one
    assert msgspec.json.decode(msgspec.json.encode(one), type=Recipe) == one


TEXTS = {"text + note": {"of": ["text", "note"], "clean": ["html"]}}


def test_texts_that_are_made_are_read_in_place_of_those_they_are_made_of() -> None:
    made = Recipe.plan("linear.v1", KINDS, texts=TEXTS)
    assert set(made.encoders) == {"age", "shop", "text + note"}
    assert made.texts == TEXTS
    assert made.id != Recipe.plan("linear.v1", KINDS).id
    named = Recipe.plan("linear.v1", KINDS, texts=TEXTS, encoders={"text + note": "words.v1"})
    assert named.encoders["text + note"] == "words.v1"


def test_a_recipe_without_texts_is_named_as_before() -> None:
    assert Recipe(family="linear.v1", params={"C": 1.0}, encoders={"text": "words.v1"}).id == "0484a2ff81ebbe88"


def test_on_other_columns_texts_are_made_of_what_is_there() -> None:
    made = Recipe.plan("linear.v1", KINDS, texts=TEXTS)
    fewer = made.on({"note": Kind.TEXT, "text": Kind.CATEGORY})
    assert fewer.texts == {"text + note": {"of": ["note"], "clean": ["html"]}}
    assert fewer.encoders == {"text": "onehot.v1", "text + note": made.encoders["text + note"]}
    assert made.on({"age": Kind.NUMBER}).texts == {}
