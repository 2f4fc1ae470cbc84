"""What a classifier says of itself."""

from __future__ import annotations

from ratchet.data.schema import Schema
from ratchet.kinds.kind import Kind
from ratchet.serving.about import ClassName, health, info
from ratchet.serving.description import prediction_schema, row_schema
from ratchet.serving.live import LiveState

SCHEMA = Schema(columns={"age": Kind.NUMBER, "id": Kind.IGNORE}, label="y", classes=("a", "b"))


def test_what_it_is_before_there_is_a_champion() -> None:
    found = info("films", SCHEMA, None, names={"a": "Class A"})
    assert (found.name, found.label, found.champion, found.metrics) == ("films", "y", None, {})
    assert found.classes == (ClassName(label="a", name="Class A"), ClassName(label="b", name="b"))
    assert found.columns == {"age": "number"}


def test_it_is_ready_while_a_version_answers_whatever_is_wrong() -> None:
    found = health(
        LiveState(version="1", swaps=1, failures=3, problem="version 2 cannot be loaded"), ["the disk is full"]
    )
    assert (found.live, found.ready, found.version) == (True, True, "1")
    assert found.problems == ("the disk is full", "version 2 cannot be loaded")
    nothing = health(LiveState(version=None, swaps=0, failures=0, problem=None), [])
    assert (nothing.ready, nothing.problems) == (False, ("there is no champion to answer with",))


def test_rows_and_answers_are_described_by_the_columns_and_classes() -> None:
    row, answer = row_schema(SCHEMA), prediction_schema(SCHEMA)
    assert row["properties"].keys() == row["example"].keys() == {"age"}
    assert answer["properties"]["label"]["enum"] == ["a", "b"]
