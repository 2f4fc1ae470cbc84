"""`ratchet export`: what is printed, and what it exits with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Self

import pytest

from ratchet.classifier import Exported
from ratchet.cli import main


class _Classifier:
    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def exports(self) -> dict[str, str]:
        return {"mlflow": "an MLflow model", "python": "a package"}

    def export(self, version: str, *, to: str, folder: Path | None) -> Exported:
        place = folder or Path("here")
        return Exported(to=to, version=version, folder=place, files=3, bytes=1_200, checked="well", use=("a", "b"))


@pytest.fixture(autouse=True)
def _opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ratchet.open", lambda root: _Classifier(), raising=False)


def _run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, str]:
    assert main.run(["export", *words]) == 0
    told: Any = capsys.readouterr()
    return told.out, told.err


def test_without_a_way_they_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = _run(capsys, "7")
    assert out.splitlines() == [
        "ratchet export 7 --to mlflow   an MLflow model",
        "ratchet export 7 --to python   a package",
    ]
    assert json.loads(_run(capsys, "7", "--json")[0])["ways"]["mlflow"] == "an MLflow model"


def test_it_says_what_was_written_where_and_how_to_use_it(capsys: pytest.CaptureFixture[str]) -> None:
    out, err = _run(capsys, "7", "--to", "mlflow", "-o", "there")
    assert out == "a\nb\n"
    assert err == "Version 7 written to there: 3 files, 1,200 bytes\nChecked: well\n"
    document = json.loads(_run(capsys, "7", "--to", "mlflow", "-o", "there", "--json")[0])
    assert document["folder"] == "there"
    assert document["use"] == ["a", "b"]
