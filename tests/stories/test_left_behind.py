"""What commands that were killed leave behind: nothing that the next one does not clear up."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from tests.stories.scenes import Answer, Shell, loans, quicken

ROUNDS = int(os.environ.get("RATCHET_KILLS", "1"))
"""How often each command is killed."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a champion."""
    folder = tmp_path_factory.mktemp("trained")
    shell = Shell(folder)
    loans(1_500).write_csv(folder / "loans.csv")
    _well(shell("init", "loans.csv", "--label", "outcome"))
    quicken(folder)
    _well(shell("train", "loans.csv", RATCHET_TRACKING_URI="off"))
    return folder


@pytest.fixture
def shell(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A copy of that folder, and a temporary folder of its own beside it."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setenv("RATCHET_TRACKING_URI", "off")
    return Shell(Path(shutil.copytree(trained, tmp_path / "loans")))


def _well(said: Answer) -> None:
    assert said.code in {0, 1}, said.err
    assert "Traceback" not in said.err


def _killed(shell: Shell, words: Sequence[str], seconds: float, how: signal.Signals) -> None:
    """Begin a command and end it after a while, with what it started, if it has not ended by then."""
    command = [sys.executable, "-m", "ratchet.cli", *words]
    process = subprocess.Popen(command, cwd=shell.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    started = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.send_signal(how)
    process.wait(timeout=60)
    assert psutil.wait_procs(started, timeout=20)[1] == [], "what it started ends with it"


def _left(shell: Shell) -> list[str]:
    """Half files, scratch folders and temporary files."""
    workspace = shell.folder / ".ratchet"
    patterns = ("**/*.part", "**/.staging-*", "**/staging-*", "**/training-*", "cache/**/ratchet-fold-*")
    found = [each for pattern in patterns for each in workspace.glob(pattern)]
    found += [each for each in shell.folder.iterdir() if each.name.startswith(".") and each != workspace]
    return [str(each) for each in (*found, *(shell.folder.parent / "temporary").iterdir())]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize(
    ("words", "most"),
    [
        (("train", "../more.csv"), 4.0),
        (("ingest", "../more.csv"), 3.0),
        (("predict", "../more.csv", "-o", "out.parquet"), 2.0),
        (("serve", "--open", "--port", "0"), 3.0),
    ],
    ids=lambda each: each[0] if isinstance(each, tuple) else "",
)
def test_a_command_that_is_killed_leaves_nothing_behind(
    shell: Shell, words: tuple[str, ...], most: float, how: signal.Signals
) -> None:
    chance = random.Random(7)
    for number in range(ROUNDS):
        loans(3_000, seed=number + 1).write_csv(shell.folder.parent / "more.csv")
        _killed(shell, words, chance.uniform(0.5, most), how)
        if how is signal.SIGTERM:
            assert _left(shell) == []
    if words[0] == "serve":
        _well(shell("predict", "../more.csv", "-o", "out.parquet"))
    else:
        _well(shell(*words))
    assert _left(shell) == []
