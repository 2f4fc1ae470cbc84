"""Linux and macOS; what macOS lacks is taken away here, since its own runs are CI's."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from ratchet import platforms
from ratchet.errors import UnsupportedError

WINDOWS = "import sys; sys.modules['fcntl'] = None\n"


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT)


def _on_windows(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", WINDOWS + code], capture_output=True, text=True, check=False)


def test_nothing_is_missing_here() -> None:
    assert platforms.missing() == ()
    platforms.require()


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platforms, "fcntl", None)
    monkeypatch.delattr(os, "pwrite")
    with pytest.raises(UnsupportedError, match=r"it has no fcntl\.flock, os\.pwrite\nWhat to do: .*WSL 2"):
        platforms.require()


@pytest.mark.parametrize(
    "name",
    [
        "ratchet.web.server",
        "ratchet.system",
        "ratchet.engine.processes",
        "ratchet.training.train",
        "ratchet.retrain.flow",
    ],
)
def test_servers_and_trainers_say_at_import_what_is_missing(name: str) -> None:
    done = _on_windows(f"import {name}")
    assert "UnsupportedError: Ratchet cannot serve or train on this system: it has no fcntl.flock" in done.stderr


def test_help_and_the_spec_need_nothing_of_it() -> None:
    done = _on_windows("import ratchet, ratchet.cli.main; ratchet.Spec; print('fine')")
    assert done.stdout == "fine\n", done.stderr


def test_a_user_without_a_name_is_told_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getuid", lambda: 12345)
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    assert platforms.user() == "uid 12345"
    monkeypatch.setenv("LOGNAME", "ada")
    assert platforms.user() == "ada"


def test_a_lock_has_one_holder_until_it_is_closed(tmp_path: Path) -> None:
    first, second = _open(tmp_path / "lock"), _open(tmp_path / "lock")
    platforms.lock(first)
    with pytest.raises(BlockingIOError):
        platforms.lock(second)
    os.close(first)
    platforms.lock(second, wait=True)
    os.close(second)


@pytest.mark.parametrize("system", ["here", "ps"])
def test_when_a_process_began_is_told_while_it_lives(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    if system == "ps":
        monkeypatch.setattr(platforms, "_of_linux", platforms._of_ps)
    process = subprocess.Popen(["sleep", "60"])
    began = platforms.began(process.pid)
    assert began == platforms.began(process.pid)
    assert began is not None
    assert "/" not in began
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert platforms.began(process.pid) is None, "it has ended, and its parent has not collected it"
    process.wait()
    assert platforms.began(process.pid) is None


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="Linux counts from the boot")
def test_a_process_began_at_a_tick_of_this_boot(tmp_path: Path) -> None:
    odd = tmp_path / "a) S 1 (b"
    odd.symlink_to(shutil.which("sleep") or "")
    process = subprocess.Popen([odd, "60"])
    began, uptime = platforms.began(process.pid), float(Path("/proc/uptime").read_text().split()[0])
    process.kill()
    process.wait()
    assert began is not None
    assert int(began.partition("+")[2]) / os.sysconf("SC_CLK_TCK") == pytest.approx(uptime, abs=5)


@pytest.mark.parametrize("calls", ["Linux", "macOS"])
def test_claimed_space_is_zeros_that_the_disk_has_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: str
) -> None:
    if calls == "macOS":
        monkeypatch.delattr(os, "posix_fallocate", raising=False)
    size = (5 << 19) + 7
    descriptor = _open(tmp_path / "claimed")
    platforms.claim(descriptor, size)
    assert os.pread(descriptor, size + 1, 0) == bytes(size)
    assert os.fstat(descriptor).st_blocks * 512 >= size, "the file has no holes"
    os.close(descriptor)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_is_said_where_zeros_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "posix_fallocate", raising=False)
    descriptor = os.open("/dev/full", os.O_RDWR)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        platforms.claim(descriptor, 100)
    os.close(descriptor)


def _asked(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    def sync(*calls: str) -> list[str]:
        asked: list[str] = []
        for name in ("fdatasync", "fsync"):
            monkeypatch.delattr(os, name, raising=False)
            if name in calls:
                monkeypatch.setattr(os, name, lambda _file, name=name: asked.append(name), raising=False)
        full = {"F_FULLFSYNC": 51, "fcntl": lambda _file, number: asked.append(f"fcntl {number}")}
        monkeypatch.setattr(platforms, "fcntl", SimpleNamespace(**full if "F_FULLFSYNC" in calls else {}))
        platforms.sync(1)
        return asked

    return sync


def test_each_system_is_asked_for_its_strongest_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _asked(monkeypatch)
    assert asked("fdatasync", "fsync") == ["fdatasync"], "Linux"
    assert asked("F_FULLFSYNC", "fsync") == ["fcntl 51"], "macOS: fsync alone stops at the disk's cache"
    assert asked("fsync") == ["fsync"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, 8),
        ({"cpu.max": "max 100000"}, 8),
        ({"cpu.max": "150000 100000"}, 2),
        ({"cpu.max": "1600000 100000"}, 8),
        ({"cpu/cpu.cfs_quota_us": "50000", "cpu/cpu.cfs_period_us": "100000"}, 1),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 8),
    ],
)
def test_a_container_has_the_cores_of_its_quota(
    files: dict[str, str], expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{text}\n")
    assert platforms.cores(tmp_path) == expected
