"""What the operating system must have: Linux and macOS are supported, and what only one of them has is levelled here.

`require` is called where a server or a trainer is imported, so that any other system is told what it lacks.
"""

from __future__ import annotations

import os

from ratchet.errors import UnsupportedError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

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
