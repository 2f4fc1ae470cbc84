"""``.env`` beside ``ratchet.toml``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ratchet import env_file
from ratchet.cli.main import app
from ratchet.errors import SettingsError
from ratchet.settings import Settings, warnings

pytestmark = pytest.mark.usefixtures("own_environment")


def _write(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / ".env"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path


def test_settings_are_read_from_it(tmp_path: Path) -> None:
    _write(
        tmp_path, "# where\nRATCHET_PORT=8123\nexport ratchet_workers=3\nRATCHET_BLOBS_URL='s3://b/a b'\n\nOTHER=1\n"
    )
    settings = Settings(root=tmp_path)
    assert (settings.port, settings.workers, settings.blobs_url) == (8123, 3, "s3://b/a b")
    assert Settings(root=tmp_path / "other.toml").port == 8123, "a spec of another name has it beside it too"


def test_the_environment_and_keywords_go_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path, "RATCHET_PORT=1\nRATCHET_WORKERS=1\nRATCHET_HOSTS=file\n")
    monkeypatch.setenv("ratchet_port", "2")
    settings = Settings(root=tmp_path, workers=3)
    assert (settings.port, settings.workers, settings.hosts) == (2, 3, "file")


def test_the_folder_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path, "RATCHET_PORT=1\nRATCHET_ROOT=/elsewhere\n")
    monkeypatch.setenv("RATCHET_ROOT", str(tmp_path))
    assert (Settings().root, Settings().port) == (tmp_path, 1)
    assert any("RATCHET_ROOT has no effect in" in each for each in warnings(tmp_path))


def test_a_dollar_is_no_reference(tmp_path: Path) -> None:
    _write(tmp_path, "RATCHET_DATABASE_URL=postgresql://a:${HOME}$x@h/b\n")
    assert Settings(root=tmp_path).database_url == "postgresql://a:${HOME}$x@h/b"


@pytest.mark.parametrize("line", ["RATCHET_PORT", "'unclosed=s3cret", "some words s3cret", 'X="s3cret'])
def test_a_wrong_line_is_named_and_not_shown(tmp_path: Path, line: str) -> None:
    _write(tmp_path, f"RATCHET_PORT=1\n\n{line}\nRATCHET_WORKERS=1\n")
    with pytest.raises(SettingsError) as caught:
        Settings(root=tmp_path)
    assert "line 3" in caught.value.problems[0].where
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("content", [b"RATCHET_PORT=\xff1", b"A=" + b"x" * (2 << 20)])
def test_a_file_that_is_no_text_or_endless(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(SettingsError, match="cannot be read"):
        Settings(root=tmp_path)


def test_a_folder_of_that_name_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert env_file.read(tmp_path) == {}
    assert warnings(tmp_path) == []


def test_a_wrong_value_is_told_as_one_of_the_environment(tmp_path: Path) -> None:
    _write(tmp_path, "RATCHET_PORT=http\n")
    with pytest.raises(SettingsError) as caught:
        Settings(root=tmp_path)
    assert caught.value.problems[0].expected == "a whole number from 0 to 65535"


def test_misspelt_names_and_a_file_open_to_others_are_told(tmp_path: Path) -> None:
    _write(tmp_path, "RATCHET_PROT=1\n", mode=0o644)
    said = CliRunner().invoke(app, ["-C", str(tmp_path), "doctor"]).output
    assert "RATCHET_PROT is no setting: did you mean RATCHET_PORT?" in said
    assert "chmod 600" in said


def test_only_names_of_known_libraries_are_handed_on(tmp_path: Path) -> None:
    _write(tmp_path, "AWS_SECRET_ACCESS_KEY=a\nPYTHONPATH=/evil\nLD_PRELOAD=/evil\nMLFLOW_TRACKING_URI=b\n")
    environment = {"MLFLOW_TRACKING_URI": "real"}
    env_file.hand_on(env_file.read(tmp_path), environment)
    assert environment == {"AWS_SECRET_ACCESS_KEY": "a", "MLFLOW_TRACKING_URI": "real"}
    assert os.environ.get("LD_PRELOAD") != "/evil"


def test_settings_show_no_password() -> None:
    shown = repr(Settings(database_url="postgresql://ada:hunter2@h/b", blobs_url="s3://K:hunter2@bucket"))
    assert "hunter2" not in shown
    assert "postgresql://ada:***@h/b" in shown
    assert "hunter2" not in str(Settings(database_url="postgresql://ada:hunter2@h/b"))


def test_a_folder_that_somebody_sent_runs_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RATCHET_ENCRYPTION_COMMAND", raising=False)
    (tmp_path / ".env").write_text("RATCHET_ENCRYPTION_COMMAND=touch made\n")
    assert Settings(root=tmp_path).encryption_command is None
    assert any("RATCHET_ENCRYPTION_COMMAND has no effect in" in each for each in warnings(tmp_path))
    monkeypatch.setenv("RATCHET_ENCRYPTION_COMMAND", "touch made")
    assert Settings(root=tmp_path).encryption_command == "touch made"
