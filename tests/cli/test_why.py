"""`ratchet explain`: a row in, what spoke for its class out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner, Result

import ratchet
from ratchet.cli.main import app
from ratchet.errors import RowError
from ratchet.serving.explanation import Contribution, Explanation, Rest

FOUND = Explanation(
    label="neg", name="Negative", probability=0.9, answer="neg", version="1", method="linear", exact=True,
    scale="log-odds", margin=2.0, base=-0.5, sentence="'refund' spoke for Negative.", rest=Rest(3, 0.25),
    contributions=(Contribution("text", "refund", 2.5, 4, 10), Contribution("age", None, -0.25)),
)  # fmt: skip
Ask = Callable[..., Result]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Runs the command over a classifier that tells what it was asked, and gives what it is told to."""

    def run(*words: str, found: Explanation = FOUND, sent: bytes = b"") -> Result:
        def explain(row: Any, label: str | None, *, version: str | None) -> Explanation:
            if row != {"text": "my refund"}:
                raise RowError(f"asked with {row}")
            assert (label, version) in {(None, None), ("neg", "1")}
            return found

        @contextmanager
        def opened(*_: Any) -> Iterator[Any]:
            yield SimpleNamespace(explain=explain)

        monkeypatch.setattr(ratchet, "open", opened)
        return CliRunner().invoke(app, ["explain", *words], input=sent)

    return run


ROW = '{"text": "my refund"}'


def test_it_is_told_in_lines(ask: Ask) -> None:
    done = ask(ROW, "--label", "neg", "--version", "1")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [
        "Negative: 90.0 %.  'refund' spoke for Negative.",
        "   +2.500  text[4:10]  'refund'",
        "   -0.250  age",
        "   +0.250  3 others",
        "   -0.500  before anything is known; together +2.000 (log-odds), exactly",
    ]


def test_a_row_may_come_by_standard_input_and_go_as_a_document(ask: Ask) -> None:
    done = ask("-", "--json", sent=ROW.encode())
    assert json.loads(done.stdout)["contributions"][0]["start"] == 4


def test_what_is_no_sum_is_said_to_be_none(ask: Ask) -> None:
    done = ask(ROW, found=replace(FOUND, exact=False, base=None, method="occlusion", unasked=7))
    assert "no sum; 7 pieces not asked for want of time" in done.stdout


@pytest.mark.parametrize("row", ["{", "[]", '"text"', "", "\udcff"])
def test_what_is_no_row_is_said_to_be_none(ask: Ask, row: str) -> None:
    done = ask(row)
    assert isinstance(done.exception, RowError)
    assert "as a JSON object" in str(done.exception)
