"""Completion, as the shells themselves ask for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import ratchet
from ratchet.cli import completion
from ratchet.cli.explain import pages

ASK = """
eval "$(ratchet completion bash)"
COMP_WORDS=({words})
COMP_CWORD={at}
_ratchet_completion ratchet
printf '%s\\n' "${{COMPREPLY[@]}}"
complete -p ratchet >&2
"""


@pytest.fixture
def path(tmp_path: Path) -> dict[str, str]:
    """An environment in which `ratchet` is this one."""
    script = tmp_path / "bin" / "ratchet"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m ratchet.cli "$@"\n')
    script.chmod(0o755)
    return {**os.environ, "PATH": f"{script.parent}:{os.environ['PATH']}", "RATCHET_TRACKING_URI": "off"}


def _completed(folder: Path, environment: dict[str, str], *words: str) -> list[str]:
    """What bash offers for the last word."""
    quoted = " ".join(f"'{word}'" for word in ("ratchet", *words))
    program = ASK.format(words=quoted, at=len(words))
    done = subprocess.run(
        ["bash", "-c", program], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    assert "-o default" in done.stderr, "files complete where nothing else does"
    assert "Traceback" not in done.stderr
    return done.stdout.split()


def test_bash_completes_commands_options_and_values(tmp_path: Path, path: dict[str, str]) -> None:
    assert {"train", "serve", "explain-error", "holdout"} <= set(_completed(tmp_path, path, ""))
    assert _completed(tmp_path, path, "pro") == ["promote"]
    assert "--html" in _completed(tmp_path, path, "show", "--")
    assert _completed(tmp_path, path, "demo", "--dataset", "") == ["breast_cancer", "wine", "iris"]
    assert _completed(tmp_path, path, "completion", "f") == ["fish"]
    assert set(_completed(tmp_path, path, "explain-error", "")) == set(pages())
    assert _completed(tmp_path, path, "ingest", "") == [], "files: the shell's own way"
    assert _completed(tmp_path, path, "show", "--html", "") == []


def test_versions_complete_and_asking_makes_nothing(tmp_path: Path, path: dict[str, str]) -> None:
    assert _completed(tmp_path, path, "promote", "") == []
    assert not (tmp_path / ".ratchet").exists()
    (tmp_path / "ratchet.toml").write_text("name = ")
    (tmp_path / ".ratchet").mkdir()
    assert _completed(tmp_path, path, "show", "") == [], "what cannot be told is not"


def test_the_versions_there_are_complete(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Stub:
        def __enter__(self) -> Any:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def versions(self) -> list[Any]:
            return [SimpleNamespace(number="2", family="linear.v1", stage="champion")]

    (tmp_path / ".ratchet").mkdir()
    monkeypatch.setattr(ratchet, "open", lambda *_, **__: Stub())
    context: Any = SimpleNamespace(find_root=lambda: SimpleNamespace(params={"folder": tmp_path}))
    assert completion.versions(context) == [("2", "linear.v1, champion")]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_take_their_script(shell: str, tmp_path: Path, path: dict[str, str]) -> None:
    done = subprocess.run(["ratchet", "completion", shell], env=path, capture_output=True, text=True, check=True)
    assert f"_RATCHET_COMPLETE=complete_{shell}" in done.stdout
    if shutil.which(shell):
        (tmp_path / "script").write_text(done.stdout)
        subprocess.run([shell, "-n", tmp_path / "script"], check=True)
    asked = {**path, "_RATCHET_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": "ratchet demo --dataset w"}
    asked["_TYPER_COMPLETE_FISH_ACTION"] = "get-args"
    answer = subprocess.run(["ratchet"], env=asked, capture_output=True, text=True, check=True)
    assert "wine" in answer.stdout
