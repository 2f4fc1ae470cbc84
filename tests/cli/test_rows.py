"""The commands from a table to checked rows."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

import ratchet
from ratchet.cli.main import app, run
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
    assert f"Next: ratchet -C {tmp_path} ingest" in done.output
    assert "p@ss" not in done.output


def test_init_without_a_label_names_the_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("age,plan\n1,a\n")
    assert run(["init", "t.csv"]) == 2
    said = capsys.readouterr().err
    assert "no column of t.csv was named to learn; it has age, plan" in said
    assert "--label COLUMN" in said
    assert not (tmp_path / "ratchet.toml").exists()


def test_what_to_type_after_init_has_the_folder_and_is_quoted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = SimpleNamespace(toml="", notes=(), spec=None)
    monkeypatch.setattr(ratchet, "init", lambda *_, **__: made)
    assert run(["-C", "w", "init", "my rows.csv", "--label", "y"]) == 0
    assert "Next: ratchet -C w ingest 'my rows.csv'\n" in capsys.readouterr().err


def test_an_empty_path_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", "", "--label", "y"]) == 2
    assert "the path is empty" in capsys.readouterr().err
