"""The spec: read, checked, hashed."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratchet import spec
from ratchet.errors import SpecError

SMALL: dict[str, Any] = {
    "name": "reviews",
    "label": "sentiment",
    "columns": {"text": "text", "stars": "number"},
    "candidates": [{"family": "linear.v1"}],
}


def _shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        return {key: _shuffled(value[key], chance) for key in keys}
    return [_shuffled(each, chance) for each in value] if isinstance(value, list) else value


@given(st.randoms(use_true_random=False))
def test_the_hash_does_not_depend_on_key_order_or_spelled_out_defaults(chance: random.Random) -> None:
    small = spec.parse(SMALL)
    spelled_out = _shuffled(json.loads(small.model_dump_json()), chance)
    assert spec.parse(spelled_out).hash == small.hash


def test_the_hash_does_not_depend_on_formatting(tmp_path: Path) -> None:
    tidy, messy = tmp_path / "a.toml", tmp_path / "b.toml"
    tidy.write_text('name = "r"\nlabel = "y"\n[columns]\nx = "text"\n[[candidates]]\nfamily = "linear.v1"\n')
    messy.write_text('# hello\nlabel="y"\nname  =  \'r\'\ncolumns = {x = "text"}\ncandidates=[{family="linear.v1"}]')
    assert spec.load(tidy).hash == spec.load(messy).hash


@pytest.mark.parametrize(
    "change",
    [
        {"label": "other"},
        {"columns": {"text": "category", "stars": "number"}},
        {"gate": {"floor": 0.5}},
        {"search": {"budget": "11m"}},
        {"split": {"seed": 1}},
    ],
)
def test_the_hash_changes_with_the_meaning(change: dict[str, Any]) -> None:
    assert spec.parse(SMALL | change).hash != spec.parse(SMALL).hash


@pytest.mark.parametrize(("written", "seconds"), [("90s", 90), ("10m", 600), ("2h", 7200), ("1.5 d", 129600), (7, 7)])
def test_durations(written: object, seconds: float) -> None:
    assert spec.parse(SMALL | {"search": {"budget": written}}).search.budget == seconds


def test_every_mistake_is_reported_at_once_with_key_found_and_expected(tmp_path: Path) -> None:
    path = tmp_path / "ratchet.toml"
    path.write_text(
        'name = "Bad Name"\nlabel = "y"\ncolour = "red"\n[columns]\nx = "txet"\n'
        '[search]\nmethod = "psychic"\nbudget = "soon"\n[gate]\nfloor = 1.7\n'
    )
    with pytest.raises(SpecError) as caught:
        spec.load(path)
    message = str(caught.value)
    for words in (
        "ratchet.toml has 7 mistakes",
        "ratchet.toml: name: found 'Bad Name'",
        "ratchet.toml: columns.x: found 'txet', expected 'text', 'number'",
        "ratchet.toml: search.method: found 'psychic', expected 'grid', 'random' or 'bayes'",
        "ratchet.toml: search.budget: found 'soon', expected a duration such as",
        "ratchet.toml: gate.floor: found 1.7, expected less than or equal to 1",
        "ratchet.toml: candidates: found nothing, expected this key: it is required",
        "ratchet.toml: colour: found an unknown key ('red')",
        "What to do:",
    ):
        assert words in message
    assert len(caught.value.problems) == 7


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"columns": {"sentiment": "text"}}, "a label is not learned from itself"),
        ({"columns": {"id": "ignore"}}, "at least one column of kind text"),
        ({"columns": {"x": "text", "a": "time", "b": "time"}}, "at most one time column, found a, b"),
        ({"split": {"holdout": 0.6, "tune": 0.4}}, "so that rows are left to train on"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        spec.parse(SMALL | change)


def test_a_missing_file_and_broken_toml_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="ratchet init DATA --label COLUMN writes one"):
        spec.load(tmp_path / "ratchet.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text('name = "x\n')
    with pytest.raises(SpecError, match=r"is not TOML: .*line 1"):
        spec.load(broken)


@given(st.dictionaries(st.text(max_size=8), st.one_of(st.none(), st.integers(), st.text(), st.lists(st.integers()))))
def test_no_mapping_raises_anything_but_a_spec_error(body: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        spec.parse(body)
