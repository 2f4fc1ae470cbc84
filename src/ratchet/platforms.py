"""What the operating system must have: Linux and macOS are supported, and what only one of them has is levelled here.

`require` is called where a server or a trainer is imported, so that any other system is told what it lacks.
"""

from __future__ import annotations

import getpass
import math
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from ratchet.errors import UnsupportedError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_QUOTAS = (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"))
"""Where Linux tells a container how many microseconds of how many it may run: control groups 2 and 1."""
_NEEDED = ("killpg", "getsid", "pread", "pwrite", "sysconf")
_ZEROS = bytes(1 << 20)


def missing() -> tuple[str, ...]:
    """The calls Ratchet needs that this system does not have; none on Linux and macOS."""
    locks = () if fcntl is not None else ("fcntl.flock",)
    return locks + tuple(f"os.{name}" for name in _NEEDED if not hasattr(os, name))


def require() -> None:
    """Raise `UnsupportedError`, naming what is absent, where servers and trainers cannot run."""
    if absent := missing():
        raise UnsupportedError(
            f"Ratchet cannot serve or train on this system: it has no {', '.join(absent)}",
            todo="run it on Linux or macOS; on Windows in WSL 2 or a Linux container",
        )


def cores(groups: Path = Path("/sys/fs/cgroup")) -> int:
    """The cores this process may use: those that the system gives it, or fewer where its container has a quota."""
    given = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for names in _QUOTAS:
        with suppress(OSError, ValueError):  # no such group, or "max": no quota
            quota, period = map(int, " ".join((groups / name).read_text() for name in names).split())
            return min(given, math.ceil(quota / period)) if quota > 0 else given
    return given


def restart_in_utf8() -> None:
    """Begin this process anew, once, where its language has it read arguments and paths in another encoding (LANG=C).

    Else the letters of a name that ASCII does not know would be surrogates, which no database and no JSON takes.
    """
    if sys.getfilesystemencoding() != "utf-8" and sys.executable:
        again = [sys.executable, "-X", "utf8", *sys.orig_argv[1:]]
        os.execve(sys.executable, again, {**os.environ, "PYTHONUTF8": "1"})  # nosec B606 # this very program


def user() -> str:
    """Who runs this process, for records: the login name, or the number where a container gives it no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no entry among the users: a KeyError until Python 3.13
        return f"uid {os.getuid()}"


def began(pid: int) -> str | None:
    """When a process began, told the same way as long as it lives, even where the clock is set; None once it is dead.

    A process that has ended and was not collected by its parent is dead.  Raises `OSError` where it cannot be told.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:  # it is somebody else's
        pass
    state, start = _of_linux(pid) if Path("/proc/self/stat").exists() else _of_ps(pid)
    return None if state.startswith("Z") else start


def _of_linux(pid: int) -> tuple[str, str]:
    """State and start of a process: clock ticks since the machine was booted, and which boot that was."""
    # "4711 (my (odd) name) S 1 ..." : a name may hold spaces and brackets, so what counts comes after the last bracket,
    # field 3 (state) first, and field 22 (start) nineteen further on (proc_pid_stat(5)).
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    boot = Path("/proc/sys/kernel/random/boot_id")
    return fields[0], f"{boot.read_text()[:8] if boot.exists() else ''}+{fields[19]}"


def _of_ps(pid: int) -> tuple[str, str]:
    """State and start of a process as macOS and BSD keep it: the time that the clock showed then."""
    command = ["ps", "-o", "state=,lstart=", "-p", str(pid)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C", "TZ": "UTC"}
    )
    state, _, start = done.stdout.strip().partition(" ")
    if not start:
        raise OSError(f"ps tells nothing of process {pid}: {done.stderr.strip()}")
    return state, "-".join(start.split())


def lock(descriptor: int, *, wait: bool = False) -> None:
    """Take the lock of an open file, freed when it is closed or its process dies.

    Raises `BlockingIOError` at once where another has it, unless told to wait; `OSError` where the disk has no locks.
    """
    fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def claim(descriptor: int, size: int) -> None:
    """Make an empty file ``size`` bytes long, all zeros, with room for them on the disk; raises `OSError` if full.

    macOS has no ``posix_fallocate``: there the zeros are written.
    """
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    at = 0
    while at < size:
        at += os.pwrite(descriptor, _ZEROS[: size - at], at)


def sync(descriptor: int) -> None:
    """Return when what was written survives a power cut.

    On macOS ``fsync`` stops at the disk's own cache, and ``F_FULLFSYNC`` does not.
    """
    if hasattr(fcntl, "F_FULLFSYNC"):
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    elif hasattr(os, "fdatasync"):
        os.fdatasync(descriptor)
    else:
        os.fsync(descriptor)
