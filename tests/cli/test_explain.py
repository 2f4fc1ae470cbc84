"""Pages about errors that come with the package."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ratchet.cli import explain
from ratchet.cli.main import app, run
from ratchet.errors import RatchetError
from ratchet.settings import Settings
from ratchet.spec import Spec
from ratchet.web import problems

HOUSE = Path(explain.__file__).parents[1]
PAGES = explain.pages()


def _kinds(kind: type[RatchetError]) -> Iterator[type[RatchetError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _kinds(each)


def test_every_kind_of_error_has_its_page() -> None:
    assert problems.STATUS, "the errors of the HTTP door are among them"
    ours = {each.code for each in _kinds(RatchetError) if each.__module__.startswith("ratchet.")}
    assert ours - set(PAGES) == set()
    assert set(PAGES) - ours == {"exit-codes", "interrupted", "usage"}


@pytest.mark.parametrize("code", PAGES)
def test_a_page_has_a_title_and_something_to_type(code: str) -> None:
    text = PAGES[code]
    assert re.match(r"# [A-Z].*[^.]\n\n", text)
    assert re.search(r"^    \w+", text, re.MULTILINE), "a command"
    assert max(map(len, text.splitlines())) <= 130


def test_a_page_says_the_exit_code_of_its_kind() -> None:
    for kind in _kinds(RatchetError):
        page = PAGES.get(kind.code, "")
        assert f"Exit code {kind.exit_code}" in page or "HTTP status" in page, kind


def test_settings_and_tables_are_all_named() -> None:
    assert all(f"`RATCHET_{name.upper()}`" in PAGES["settings"] for name in Settings.model_fields)
    learning = ("labels", "columns", "candidates", "ingest", "split", "search", "gate")
    tables = (*learning, "serve", "traffic", "access", "privacy")
    assert all(f"[{name}]" in PAGES["spec"] for name in (*tables, "text.COLUMN"))
    assert set(Spec.model_fields) <= {*tables, "text", "name", "label"}


def test_codes_are_listed_and_explained() -> None:
    listed = CliRunner().invoke(app, ["explain-error"]).output
    assert re.search(r"^data +Rows that cannot be read", listed, re.MULTILINE)
    assert CliRunner().invoke(app, ["explain-error", "busy"]).output.strip() == PAGES["busy"].strip()
    told = json.loads(CliRunner().invoke(app, ["explain-error", "busy", "--json"]).output)
    assert (told["code"], told["title"]) == ("busy", "Another process is at work on the workspace")
    assert set(json.loads(CliRunner().invoke(app, ["explain-error", "--json"]).output)["codes"]) == set(PAGES)


def test_a_code_that_is_misspelt_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain-error", "dta"]) == 2
    assert "did you mean data?" in capsys.readouterr().err


def test_no_text_of_ours_points_to_what_is_not_installed() -> None:
    for path in (*HOUSE.rglob("*.py"), *HOUSE.rglob("*.md")):
        text = re.sub(r'"""[\s\S]*?"""', "", path.read_text(encoding="utf-8"))
        written = text.replace('(folder / "README.md")', "")  # lies with every export
        assert not re.search(r"\bdocs/[a-z]|CONTRIBUTING|README", written), path
