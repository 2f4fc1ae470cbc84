"""`ratchet doctor`."""

from __future__ import annotations

import json
import re
import sqlite3
import tomllib
from contextlib import closing
from importlib import metadata
from pathlib import Path

import pytest
from typer.testing import CliRunner

import ratchet
from ratchet import platforms
from ratchet.cli import doctor
from ratchet.cli.doctor import FEATURES
from ratchet.cli.main import app
from tests.stories.scenes import loans


def _doctor(folder: Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["-C", str(folder), "doctor"])
    return done.exit_code, done.output


def test_a_healthy_machine(tmp_path: Path) -> None:
    code, said = _doctor(tmp_path)
    assert code == 0
    assert "learning (every family that needs no extra): numpy" in said
    assert "ratchet init DATA --label COLUMN" in said


def test_a_system_that_cannot_serve_is_unwell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "operating system: " in _doctor(tmp_path)[1]
    monkeypatch.setattr(platforms, "fcntl", None)
    code, said = _doctor(tmp_path)
    assert code == 2
    assert "has no fcntl.flock" in said
    assert "WSL 2" in said


def test_a_missing_extra_is_named_with_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = metadata.version

    def version(package: str) -> str:
        if package == "mlflow-skinny":
            raise metadata.PackageNotFoundError(package)
        return installed(package)

    monkeypatch.setattr(metadata, "version", version)
    code, said = _doctor(tmp_path)
    assert code == 0  # an extra is nobody's duty
    assert "mlflow-skinny not installed" in said
    assert "pip install 'ratchet-ml[mlflow]'" in said


def test_every_extra_has_a_line_and_is_named_where_a_missing_one_is_explained() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    extras = set(project["optional-dependencies"])
    assert {extra for extra, _ in FEATURES.values()} - {""} == extras
    page = (Path(ratchet.__file__).parent / "help" / "missing-extra.md").read_text("utf-8")
    assert [each for each in sorted(extras) if f"`{each}`" not in page] == []


def test_a_package_goes_by_either_of_two_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_installed", lambda package: "3.0" if package == "b" else "")
    assert doctor._feature("x", "y", ("a | b",)).found == "b 3.0"
    assert doctor._feature("x", "y", ("a | c",)).found == "a or c not installed"


def test_what_the_database_holds(tmp_path: Path) -> None:
    loans(100).write_csv(tmp_path / "loans.csv")
    ratchet.init(str(tmp_path / "loans.csv"), "outcome", root=tmp_path)
    with ratchet.open(tmp_path, tracking_uri="off") as classifier:
        classifier.ingest(str(tmp_path / "loans.csv"))
        stored = classifier.stored()
    done = CliRunner().invoke(app, ["-C", str(tmp_path), "doctor", "--json"])
    told = json.loads(done.stdout)["store"]
    assert (told["kind"], told["revision"], told["bytes"]) == ("sqlite", stored.revision, stored.bytes)
    assert {each["name"]: each["rows"] for each in told["tables"]}["datasets"] == 1
    assert re.search(r"sqlite with \d+ rows", _doctor(tmp_path)[1])
    (tmp_path / "ratchet.toml").unlink()
    nothing = CliRunner().invoke(app, ["-C", str(tmp_path), "doctor", "--json"])
    assert json.loads(nothing.stdout)["store"] is None


def test_a_workspace_that_cannot_be_opened_is_unwell(tmp_path: Path) -> None:
    loans(100).write_csv(tmp_path / "loans.csv")
    ratchet.init(str(tmp_path / "loans.csv"), "outcome", root=tmp_path)
    ratchet.open(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / ".ratchet" / "ratchet.db")) as database, database:
        database.execute("update alembic_version set version_num = 'from_the_future'")
    code, said = _doctor(tmp_path)
    assert code == 2
    assert "unwell" in said
    assert "pip install -U ratchet-ml" in said
