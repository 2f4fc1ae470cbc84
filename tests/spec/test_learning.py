"""What a candidate says of its encoders."""

from __future__ import annotations

from typing import Any

import pytest

from ratchet.errors import SpecError
from ratchet.spec import Spec, parse

COLUMNS = {"title": "text", "body": "text", "age": "number", "who": "group"}


def spec_with(encoders: dict[str, Any], columns: dict[str, str] = COLUMNS) -> Spec:
    candidates = [{"family": "linear.v1"}, {"family": "linear.v1", "encoders": encoders}]
    return parse({"name": "t", "label": "y", "columns": columns, "candidates": candidates})


@pytest.mark.parametrize(
    ("encoders", "found"),
    [
        ({}, {}),
        ({"text": "words.v1"}, {"title": "words.v1", "body": "words.v1"}),
        ({"text": "words.v1", "body": "ngrams.v1"}, {"title": "words.v1", "body": "ngrams.v1"}),
        ({"age": "numeric.v1"}, {"age": "numeric.v1"}),
        ({"image": "pixels.v1"}, {}),
    ],
)
def test_encoders_are_named_by_column_or_by_kind(encoders: dict[str, str], found: dict[str, str]) -> None:
    spec = spec_with(encoders)
    assert spec.candidates[1].encoders_of(spec.columns) == found
    assert spec.candidates[0].encoders_of(spec.columns) == {}


def test_a_column_that_is_called_like_a_kind_is_meant_alone() -> None:
    spec = spec_with({"text": "words.v1"}, {"text": "text", "title": "text", "number": "category"})
    assert spec.candidates[1].encoders_of(spec.columns) == {"text": "words.v1"}


@pytest.mark.parametrize("key", ["tilte", "who", "group", "ignore", "y"])
def test_encoders_of_nothing_that_a_model_sees_are_refused(key: str) -> None:
    with pytest.raises(SpecError) as caught:
        spec_with({key: "words.v1"})
    message = str(caught.value)
    assert "candidates.1.encoders only for columns that a model sees (title, body, age)" in message
    assert f"found {key}" in message


def test_a_role_that_is_called_like_a_kind_hides_that_kind() -> None:
    with pytest.raises(SpecError, match="found text"):
        spec_with({"text": "words.v1"}, {"text": "ignore", "title": "text"})


@pytest.mark.parametrize("folds", [1, 21, 5_000])
def test_folds_that_tell_nothing_more_are_refused(folds: int) -> None:
    body = {"name": "t", "label": "y", "columns": COLUMNS, "candidates": [{"family": "linear.v1"}]}
    with pytest.raises(SpecError, match=rf"search\.folds: found {folds}, expected .* (2|20)"):
        parse({**body, "search": {"folds": folds}})
    assert parse({**body, "search": {"folds": 20}}).search.folds == 20


def spec_that_accepts(*accept: str) -> Spec:
    body = {"name": "t", "label": "y", "columns": COLUMNS, "candidates": [{"family": "linear.v1"}]}
    return parse({**body, "ingest": {"accept": list(accept)}})


def test_errors_are_accepted_by_check_or_by_column() -> None:
    assert spec_that_accepts("leakage", "gap", "leakage:age", "labelled_by_rule:y").ingest.accept[1] == "gap"


@pytest.mark.parametrize(
    ("accept", "said"), [("leekage", "CHECK is one of boilerplate, "), ("leakage:aeg", "found 'leakage:aeg'")]
)
def test_what_names_no_check_or_no_column_accepts_nothing(accept: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        spec_that_accepts(accept)
    assert said in str(caught.value)


def test_what_is_accepted_changes_nothing_that_is_learned() -> None:
    assert spec_that_accepts("leakage").learning_hash == spec_that_accepts().learning_hash
