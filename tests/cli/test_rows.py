"""The commands from a table to checked rows."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

import ratchet
from ratchet.cli.main import app
from ratchet.kinds.kind import Kind
from ratchet.metrics.accuracy import Accuracy
from ratchet.metrics.catalogue import METRICS, choosable


class Guessed(Accuracy):
    meaning = "how much was guessed"


def _help(command: str) -> str:
    return " ".join(CliRunner().invoke(app, [command, "--help"], terminal_width=200).output.split())


def test_the_help_of_init_lists_kinds_and_metrics() -> None:
    shown = _help("init")
    for kind in Kind:
        assert f"{kind} {kind.column.meaning}" in shown
    for name in choosable():
        assert f"{name} {METRICS[name].meaning}" in shown
    assert f" {METRICS['ece'].meaning}" not in shown, "no spec may choose it"


def test_a_metric_that_is_added_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "guessed how much" not in _help("init")
    monkeypatch.setitem(METRICS, "guessed", Guessed())
    assert "guessed how much was guessed" in _help("init")


def test_what_init_says_to_type_next_shows_no_password(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = SimpleNamespace(toml="", notes=(), spec=None)
    monkeypatch.setattr(ratchet, "init", lambda *_, **__: made)
    address = "postgresql://ada:p@ss@db/x?table=rows"
    done = CliRunner().invoke(app, ["-C", str(tmp_path), "init", address, "--label", "y"])
    assert "Next: ratchet ingest" in done.output
    assert "p@ss" not in done.output
