"""What is in a JSON text, found without reading it, is what reading finds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

import ratchet.web.depth
from ratchet.web.depth import shape, too_deep

texts = some.text(alphabet='[]{}",\\aé\n')
values = some.recursive(
    some.none() | some.integers() | texts,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(texts, inner, max_size=4),
    max_leaves=30,
)


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


def count(value: Any) -> int:
    return 1 + sum(map(count, value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()))


@given(values, some.booleans())
def test_a_text_is_as_deep_as_what_it_holds(value: Any, escaped: bool) -> None:
    found = shape(json.dumps(value, ensure_ascii=escaped).encode())
    assert found.depth == depth(value)
    assert count(value) <= found.values <= 2 * count(value)


def test_a_text_of_several_parts_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    value = [{"a": "[[[", "b": [[1, 2], {"c": '"]'}]}, "]" * 40, [[[[]]]]] * 3
    whole = shape(json.dumps(value).encode())
    monkeypatch.setattr(ratchet.web.depth, "_PART", 7)
    assert shape(json.dumps(value).encode()) == whole
    assert whole.depth == depth(value)


@pytest.mark.parametrize(("levels", "refused"), [(100, False), (101, True), (100_000, True)])
def test_a_hundred_levels_are_taken(levels: int, refused: bool) -> None:
    assert too_deep(b"[" * levels + b"]" * levels) is refused
    assert not too_deep(b'["' + b"[" * levels + b'", "\\""]')
