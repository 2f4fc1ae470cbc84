"""The Python reference: every public name is explained, argument by argument, and its examples run."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from docs import python

ENTRIES = {each.name: each for each in python.entries()}
PUBLIC = python.public()
SHARED = ENTRIES["Arguments that recur"].arguments
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize("name", PUBLIC)
def test_each_public_name_is_explained(name: str) -> None:
    member = PUBLIC[name]
    assert python.documentation(member), "it has no docstring"
    assert name in ENTRIES, "docs/examples.md has no heading for it"
    assert ">>> " in ENTRIES[name].code, "docs/examples.md has no example of it"
    told = {*ENTRIES[name].arguments, *SHARED, *re.findall(r"`(\w+)`", python.documentation(member))}
    assert [each.name for each in python.arguments_of(member) if each.name not in told] == []


def test_each_type_of_a_signature_is_explained() -> None:
    known = {each.__name__ for each in (*python.VALUES, *(each for each in PUBLIC.values() if isinstance(each, type)))}
    known |= {"Any", "Callable", "Iterator", "Mapping", "None", "Path", "Sequence", "False", "True"}
    known |= set(re.findall(r"`(\w+)`", ENTRIES["Arguments that recur"].body))
    signatures = [python.signature(name, each) for name, each in PUBLIC.items() if not isinstance(each, type)]
    asked = {name for text in signatures for name in re.findall(r"\b[A-Z]\w+", text.partition("(")[2])}
    assert asked <= known, asked - known


def test_no_example_is_of_a_name_or_an_argument_that_is_gone() -> None:
    assert [name for name in ENTRIES if "." in name and name not in PUBLIC] == []
    for name, entry in ENTRIES.items():
        if name in PUBLIC:
            assert set(entry.arguments) <= {each.name for each in python.arguments_of(PUBLIC[name])}, name


@pytest.mark.parametrize("value", python.VALUES, ids=lambda value: value.__name__)
def test_each_field_is_explained(value: type) -> None:
    entry = ENTRIES.get(value.__name__)
    told = {*python.meanings_of(value), *(entry.arguments if entry else ())}
    told |= set(re.findall(r"`(\w+)`", python.documentation(value)))
    assert not entry or set(entry.arguments) <= set(python.fields_of(value))
    assert [name for name in python.fields_of(value) if name not in told] == []


def test_the_examples_run_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=FLAGS)
    for entry in ENTRIES.values():
        said: list[str] = []
        test = parser.get_doctest(entry.code, names, entry.name, "docs/examples.md", 0)
        runner.run(test, out=said.append, clear_globs=False)
        names = test.globs
        assert not said, "".join(said)
    assert runner.summarize(verbose=False).attempted > len(PUBLIC)
