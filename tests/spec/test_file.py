"""The spec as a file: read, and every mistake located."""

from __future__ import annotations

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


@pytest.mark.parametrize(("written", "seconds"), [("90s", 90), ("10m", 600), ("2h", 7200), ("1.5 d", 129600), (7, 7)])
def test_durations(written: object, seconds: float) -> None:
    assert spec.parse(SMALL | {"search": {"budget": written}}).search.budget == seconds


@pytest.mark.parametrize(
    ("budget", "words"),
    [
        (float("inf"), "a finite number"),
        (float("nan"), "a finite number"),
        ("9" * 400 + "s", "a finite number"),
        (1e300, "a duration of at most 365 days"),
        ("366d", "a duration of at most 365 days"),
    ],
)
def test_a_duration_without_an_end_is_refused(budget: object, words: str) -> None:
    with pytest.raises(SpecError, match=f"search.budget: .*expected {words}"):
        spec.parse(SMALL | {"search": {"budget": budget}})


@pytest.mark.parametrize("confidence", [0.99991, 0.9999999999999999, 1, 0.4])
def test_a_confidence_that_no_rows_could_show_is_refused(confidence: float) -> None:
    with pytest.raises(SpecError, match=r"gate\.confidence: found .* equal to 0\.(9999|5)"):
        spec.parse(SMALL | {"gate": {"confidence": confidence}})


def _numbers() -> list[tuple[str, str]]:
    sections: dict[str, type[spec.Section]] = {
        "ingest": spec.Ingest,
        "split": spec.Split,
        "search": spec.Search,
        "gate": spec.Gate,
        "serve": spec.Serve,
    }
    fields = [(table, name, each) for table, section in sections.items() for name, each in section.model_fields.items()]
    kinds = {int, float, float | None}
    return [(table, name) for table, name, each in fields if each.annotation in kinds]


@pytest.mark.parametrize(("table", "key"), _numbers())
@pytest.mark.parametrize("value", [True, False, float("inf"), float("nan")])
def test_neither_true_nor_what_has_no_end_is_a_number(table: str, key: str, value: object) -> None:
    with pytest.raises(SpecError, match=f"{table}.{key}: found {value!r}, expected a .*number"):
        spec.parse(SMALL | {table: {key: value}})


def test_true_is_what_it_is_where_it_is_asked_for() -> None:
    assert spec.parse(SMALL | {"split": {"near_duplicates": False}}).split.near_duplicates is False
    with pytest.raises(SpecError, match=r"gate\.positive: found True, expected a string"):
        spec.parse(SMALL | {"gate": {"positive": True}})
    with pytest.raises(SpecError, match=r"gate\.floor: found .much., expected a number"):
        spec.parse(SMALL | {"gate": {"floor": "much"}})


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
        ({"columns": {"x": "text", "_id": "number"}}, "'_id' is a name that is kept for what is known of each row"),
        ({"columns": {"x": "text", "_chosen": "ignore"}}, "rename it in the table"),
        ({"label": "_side"}, "'_side' is a name that is kept"),
        ({"gate": {"slices": ["_unit"]}}, "'_unit' is a name that is kept"),
        ({"columns": {"": "text"}}, "'' is no name"),
        ({"columns": {"a\0b": "text"}}, "is a name with a NUL character"),
        ({"columns": {"x" * 10_000: "text"}}, "is a name of 10,000 characters"),
        ({"columns": {"x": "text", "a": "time", "b": "time"}}, "at most one time column, found a, b"),
        ({"split": {"holdout": 0.6, "tune": 0.4}}, "so that rows are left to train on"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        spec.parse(SMALL | change)


def test_keys_that_do_not_go_together_are_told_without_the_whole_file() -> None:
    with pytest.raises(SpecError) as caught:
        spec.parse(SMALL | {"columns": {"sentiment": "text"}})
    assert str(caught.value.problems[0]) == (
        "ratchet.toml: found keys that do not go together, expected columns without the label 'sentiment': a label is "
        "not learned from itself"
    )


def test_a_missing_file_and_broken_toml_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="ratchet init DATA --label COLUMN writes one"):
        spec.load(tmp_path / "ratchet.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text('name = "x\n')
    with pytest.raises(SpecError, match=r"is not TOML: .*line 1"):
        spec.load(broken)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ("{a = " + 900 * "[" + 900 * "]" + "}", "nested too deeply"),
        ("{a = " + 40 * "[" + 40 * "]" + "}", "nested more than 32 deep"),
        ("{" + 3_000 * "a." + "a = 1}", "nested more than 32 deep"),
        ("{a = " + 5_000 * "9" + "}", "a number of thousands of digits"),
    ],
    ids=["arrays", "fewer arrays", "dotted keys", "digits"],
)
def test_what_nothing_can_read_is_told_in_words(tmp_path: Path, params: str, words: str) -> None:
    path = tmp_path / "ratchet.toml"
    path.write_text(
        f'name = "a"\nlabel = "y"\ncolumns = {{x = "text"}}\n[[candidates]]\nfamily = "linear.v1"\nparams = {params}'
    )
    with pytest.raises(SpecError, match=words):
        spec.load(path)


def test_params_may_be_lists_of_tables() -> None:
    nested = [{"hidden": [{"width": 3}]}]
    read = spec.parse(SMALL | {"candidates": [{"family": "linear.v1", "params": {"layers": nested}}]})
    assert read.candidates[0].params == {"layers": nested}


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="is a folder and no file"):
        spec.load(tmp_path)


@given(st.dictionaries(st.text(max_size=8), st.one_of(st.none(), st.integers(), st.text(), st.lists(st.integers()))))
def test_no_mapping_raises_anything_but_a_spec_error(body: dict[str, Any]) -> None:
    with pytest.raises(SpecError):
        spec.parse(body)
