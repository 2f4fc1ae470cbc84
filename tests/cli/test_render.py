"""What a terminal shows while something is being done."""

from __future__ import annotations

import io
import sys

import pytest
from rich.console import Console

from ratchet.cli import render
from ratchet.cli.render import Output
from ratchet.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


NOTE = "Nothing to learn: version 2 has learned these very rows by this very spec, and its decision stands (hold)."


@pytest.mark.parametrize("stderr", [io.StringIO(), Terminal()])
def test_a_sentence_of_what_was_found_is_not_cut(monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO) -> None:
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setenv("COLUMNS", "60")
    with Output().progress() as progress:
        progress(Progress(stage="collect", note="reading"))
        progress(Progress(stage="collect", note=NOTE))
        progress(Progress(stage="train"))
    assert NOTE in stderr.getvalue()


def test_members_of_an_ensemble_are_listed_with_their_weights() -> None:
    measured = {"value": 0.81, "low": 0.79, "high": 0.83}
    member = {"family": "linear.v1", "params": {}}
    candidate = {
        "family": "ensemble.v1", "params": {"way": "greedy", "members": [member], "weights": [1.0]}, "score": measured,
        "trials": 1, "seconds": 2.0, "chosen": True,
        "members": [{"family": "linear.v1", "weight": 0.65, "score": measured}],
    }  # fmt: skip
    console = Console(file=io.StringIO(), width=120)
    render.candidates(console, {"headings": {}, "metric": "accuracy", "candidates": [candidate]})
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert "way greedy" in said
    assert "weights" not in said
    assert "65" in said.splitlines()[-1]
    assert said.splitlines()[-1].endswith("alone")
