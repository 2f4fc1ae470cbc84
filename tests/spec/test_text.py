from __future__ import annotations

from typing import Any, get_args

import pytest

from ratchet.errors import SpecError
from ratchet.features.cleaning import CLEANERS
from ratchet.features.stop_words import STOP_WORDS
from ratchet.spec import Spec, parse
from ratchet.spec.text import Cleaning, Language


def spec(**text: dict[str, Any]) -> Spec:
    columns = {"body": "text", "title": "text", "price": "number"}
    return parse({"name": "a", "label": "y", "columns": columns, "text": text, "candidates": [{"family": "linear.v1"}]})


def test_what_is_asked_for_is_what_a_recipe_says() -> None:
    asked = spec(body={"clean": ["urls", "html"], "stop_words": "fr"}, title={})
    body = {"of": ["body"], "clean": ["html", "urls"], "stop_words": "fr"}
    assert asked.preparations(asked.columns) == {"body": body, "title": {"of": ["title"]}}
    assert asked.preparations({}) == {}
    assert asked.learning_hash != spec().learning_hash != spec(title={}).learning_hash


def test_every_way_that_may_be_asked_for_is_there() -> None:
    assert set(get_args(Cleaning)) == CLEANERS.keys()
    assert set(get_args(Language)) == STOP_WORDS.keys()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ({"price": {"clean": ["html"]}}, "price"),
        ({"other": {}}, "other"),
        ({"body": {"clean": ["soap"]}}, "soap"),
        ({"body": {"stop_words": "xx"}}, "xx"),
        ({"body": {"lemmas": "French"}}, "French"),
    ],
)
def test_what_cannot_be_is_refused(text: dict[str, Any], found: str) -> None:
    with pytest.raises(SpecError, match=found):
        spec(**text)
