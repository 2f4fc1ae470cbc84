"""`ratchet predict`: what it says beside the answers."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

import ratchet
from ratchet.cli.main import app
from ratchet.serving.scoring import ScoredFile


@pytest.mark.parametrize(
    ("words", "members", "told"), [(["--votes"], 0, True), (["--votes"], 2, False), ([], 0, False)]
)
def test_votes_of_a_model_alone_are_said_to_be_none(
    words: list[str], members: int, told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.csv"
    scored = ScoredFile(rows=3, bad=0, output=out, quarantine=None, seconds=0.1, members=members)
    classifier = SimpleNamespace(score=lambda *given, **named: scored)
    monkeypatch.setattr(ratchet, "open", lambda *given, **named: nullcontext(classifier))
    done = CliRunner().invoke(app, ["predict", "rows.csv", "-o", str(out), *words])
    assert done.exit_code == 0
    assert ("it has no members to ask" in done.stderr) is told
