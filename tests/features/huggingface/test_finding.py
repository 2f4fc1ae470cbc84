from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from ratchet.errors import SpecError
from ratchet.features.huggingface import finding
from ratchet.features.huggingface.finding import find


def _model(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    return folder


def test_a_path_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = _model(tmp_path / "models" / "mine")
    monkeypatch.chdir(tmp_path)
    assert find("models/mine") == find(str(made)) == made


def test_an_installed_package_is_found_by_the_models_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = _model(tmp_path / "brings_a_model" / "model")
    (made.parent / "__init__.py").write_text("raise AssertionError('its code is not run')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(finding, "WHEELS", {"some/Model-x": ("brings_a_model", "model")})
    assert find("some/Model-x") == find("Model-x") == made


def test_the_cache_on_disk_is_read_and_its_main_revision_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    folder = tmp_path / "hub" / "models--some--model"
    main, _ = _model(folder / "snapshots" / "1111"), _model(folder / "snapshots" / "2222")
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text("1111\n")
    assert find("some/model") == main


def test_what_is_nowhere_is_fetched_without_pickles_or_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    hub = ModuleType("huggingface_hub")

    def fetch(id: str, allow_patterns: list[str]) -> str:
        asked.extend([id, *allow_patterns])
        return str(tmp_path)

    hub.snapshot_download = fetch  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "empty"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    assert find("some/model") == tmp_path
    assert asked == ["some/model", "*.json", "*.safetensors", "*.txt", "*.model"]


def test_offline_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(SpecError, match="not on this machine") as raised:
        find("some/model")
    assert "copy its folder to this machine and give the path" in raised.value.todo


def test_a_hub_that_cannot_be_reached_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(id: str, allow_patterns: list[str]) -> str:
        raise ConnectionError("no route to host\nand a long story")

    hub = ModuleType("huggingface_hub")
    hub.snapshot_download = away  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    with pytest.raises(SpecError) as raised:
        find("some/model")
    assert raised.value.problem.endswith("cannot be fetched: ConnectionError: no route to host")


def test_a_path_that_is_not_there_is_not_asked_of_the_hub(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="there is no folder"):
        find(str(tmp_path / "nothing"))
