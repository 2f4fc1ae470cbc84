from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ratchet.errors import WorkspaceError
from ratchet.store.workspace import holder, lock, prepare

HOLD = (
    "import sys; from pathlib import Path; from ratchet.store.workspace import lock\n"
    "with lock(Path(sys.argv[1]), 'training'): print('held', flush=True); sys.stdin.read()"
)


def _holding(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_busy_workspace_names_its_holder(tmp_path: Path) -> None:
    with _holding(tmp_path) as process:
        before = (tmp_path / "lock").read_bytes()
        with pytest.raises(WorkspaceError) as caught, lock(tmp_path, "ingesting"):
            pass
        process.kill()
    said = str(caught.value)
    assert f"process {process.pid}" in said
    assert "training" in said
    assert str(tmp_path) in said, "its command is told"
    assert "UTC" in said
    assert f"kill {process.pid}" in said
    assert (tmp_path / "lock").read_bytes() == before, "asking changes nothing"


def test_a_killed_holder_holds_no_longer(tmp_path: Path) -> None:
    with _holding(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        with lock(tmp_path, "ingesting"):
            held = holder(tmp_path)
    assert held is not None
    assert held.pid == os.getpid()
    assert held.what == "ingesting"
    assert holder(tmp_path) is None, "left in good order"


def test_a_block_that_raises_lets_go(tmp_path: Path) -> None:
    with pytest.raises(KeyError), lock(tmp_path, "training"):
        raise KeyError
    with lock(tmp_path, "training"), pytest.raises(WorkspaceError, match="busy"), lock(tmp_path, "again"):
        pass


def test_children_do_not_inherit_the_lock(tmp_path: Path) -> None:
    with lock(tmp_path, "training"):
        child = subprocess.Popen(["sleep", "100"], close_fds=False)
    try:
        with lock(tmp_path, "again"):
            pass
    finally:
        child.kill()
        child.wait()


def test_a_file_in_its_place_is_left_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / ".ratchet"
    file.write_text("a file")
    for folder in (file, file / "below"):
        with pytest.raises(WorkspaceError, match="a file is in its place"):
            prepare(folder)
    assert file.read_text() == "a file"


def test_a_place_that_cannot_be_written_is_named() -> None:
    with pytest.raises(WorkspaceError, match="/proc/1/ratchet cannot be written"):
        prepare(Path("/proc/1/ratchet"))
    with pytest.raises(WorkspaceError, match="cannot be written"), lock(Path("/proc/self/net"), "training"):
        pass


def test_preparing_leaves_nothing_but_the_folder(tmp_path: Path) -> None:
    layout = prepare(tmp_path / "a" / ".ratchet")
    assert list(layout.folder.iterdir()) == []


def test_only_its_owner_may_look_into_a_workspace(tmp_path: Path) -> None:
    with lock(tmp_path / "there" / ".ratchet", "training"):
        pass
    assert (tmp_path / "there" / ".ratchet").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "there" / ".ratchet" / "lock").stat().st_mode & 0o777 == 0o600


def test_no_password_of_the_command_is_told_or_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["ratchet", "ingest", "postgresql://ada:p@ss@db/x?table=rows"])
    with lock(tmp_path, "ingesting"):
        assert b"p@ss" not in (tmp_path / "lock").read_bytes()
        assert "ada:***@db/x" in str(holder(tmp_path))
