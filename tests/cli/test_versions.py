"""The commands that change who is champion, and `up` in a folder that learns something else."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pytest

import ratchet
from ratchet.cli.main import run


class Champion:
    """A classifier whose champion is version 1."""

    spec = SimpleNamespace(label="churned")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def champion(self) -> str:
        return "1"

    def ledger(self) -> list[dict[str, Any]]:
        return [{"version": "1", "event": "promoted"}]

    def promote(self, version: str, **_: Any) -> dict[str, Any]:
        assert version != "1", "it is champion: nothing is to be asked of the gate"
        return {"version": version}

    def untold(self) -> tuple[str, ...]:
        return (
            "mlflow is not told yet: it does not answer.  Later: the next run, or ratchet tracking sync, tells it.",
        )


def test_a_champion_is_not_promoted_again(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(ratchet, "open", lambda *_: Champion())
    assert run(["promote", "1"]) == 0
    untold = f"{Champion().untold()[0]}\n"
    assert capsys.readouterr().err == f"Version 1 is champion already.\n{untold}"
    assert run(["promote", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"version": "1", "event": "promoted"}
    assert run(["promote", "2"]) == 0
    assert capsys.readouterr().err == f"Version 2 is champion.\n{untold}"


def test_up_with_another_label_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ratchet.toml").touch()
    monkeypatch.setattr(ratchet, "open", lambda *_: Champion())
    assert run(["up", "rows.csv", "--label", "plan"]) == 2
    said = capsys.readouterr().err
    assert "ratchet.toml here learns 'churned', not 'plan'" in said
    assert "ratchet -C FOLDER up" in said
    assert "delete ratchet.toml to begin anew" in said
