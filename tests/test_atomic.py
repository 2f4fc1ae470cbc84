"""What killed writers leave, and when it goes."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ratchet import atomic, clock

_KILLED = """
import os, signal, sys
from pathlib import Path
from ratchet import atomic
with atomic.beside(Path(sys.argv[1])) as part:
    part.write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def left(folder: Path, *, age: float) -> Path:
    """The half file that a killed writer left in a folder so many seconds ago."""
    folder.mkdir(parents=True, exist_ok=True)
    before = set(folder.iterdir())
    done = subprocess.run([sys.executable, "-c", _KILLED, str(folder / "big.parquet")], check=False)
    assert done.returncode == -signal.SIGKILL
    (part,) = set(folder.iterdir()) - before
    then = clock.now().timestamp() - age
    os.utime(part, (then, then))
    return part


def test_half_files_go_once_nobody_has_written_to_them_for_an_hour(tmp_path: Path) -> None:
    (tmp_path / "whole.parquet").write_bytes(b"whole")
    os.utime(tmp_path / "whole.parquet", (0, 0))
    old, young = left(tmp_path / "a" / "b", age=atomic.DEAD + 60), left(tmp_path, age=atomic.DEAD - 60)
    atomic.sweep(tmp_path)
    assert not old.exists()
    assert sorted(tmp_path.iterdir()) == sorted([tmp_path / "a", tmp_path / "whole.parquet", young])
    atomic.sweep(tmp_path / "none")


def test_a_writer_that_sleeps_too_long_fails_and_changes_nothing(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"before")
    with atomic.beside(target) as part:
        part.write_bytes(b"after")
        os.utime(part, (0, 0))
        atomic.sweep(tmp_path)
        with pytest.raises(FileNotFoundError):
            part.replace(target)
    assert target.read_bytes() == b"before"


def test_a_private_folder_is_its_owners_and_one_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o755)
    before = os.umask(0)
    try:
        atomic.make_private(tmp_path / "open" / "a" / "b")
        atomic.make_folder(tmp_path / "open" / "c")
    finally:
        os.umask(before)
    modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("open", "open/a", "open/a/b", "open/c")}
    assert modes == {"open": 0o755, "open/a": 0o700, "open/a/b": 0o700, "open/c": 0o777}
