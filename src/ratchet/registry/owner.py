"""Which process has a run in hand, said so that another one can tell whether that process is still there."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from pathlib import Path

import psutil

_SAME = 2.0
"""Seconds by which two readings of when a process began may differ: the clock they rest on may be set."""


def this_process() -> str:
    """This process: ``host/process id/when it began``.

    A process id is given again sooner or later; together with the moment it began it means one process only.
    """
    return f"{_host()}/{os.getpid()}/{psutil.Process().create_time():.2f}"


def is_gone(owner: str) -> bool:
    """Whether that process is surely dead; False where it lives, or runs on a host that cannot be asked from here.

    >>> is_gone(this_process()), is_gone("another-host/1/0.00")
    (False, False)
    """
    host, pid, began = owner.rsplit("/", 2)
    if host != _host():
        return False
    try:
        process = psutil.Process(int(pid))
        another = bool(abs(process.create_time() - float(began)) > _SAME)
        return another or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:
        return False


def in_words(owner: str) -> str:
    """Who that is, for a message.

    >>> in_words("ada/4711/1700000000.00")
    'process 4711 on ada'
    """
    host, pid, _ = owner.rsplit("/", 2)
    return f"process {pid} on {host.partition('/')[0]}"


def _host() -> str:
    """The host, and the space its process ids are counted in: two containers may share a name."""
    space = ""
    with suppress(OSError):
        space = "/" + Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")
    return f"{platform.node()[:80]}{space}"
