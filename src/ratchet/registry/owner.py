"""Which process has a run in hand, said so that another one can tell whether that process is still there."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from pathlib import Path

from ratchet import platforms


def this_process() -> str:
    """This process: ``host/process id/when it began``.

    A process id is given again sooner or later; together with the moment it began it means one process only.
    """
    return f"{_host()}/{os.getpid()}/{platforms.began(os.getpid())}"


def is_gone(owner: str) -> bool:
    """Whether that process is surely dead; False where it lives, or runs on a host that cannot be asked from here.

    >>> is_gone(this_process()), is_gone("another-host/1/x")
    (False, False)
    """
    host, pid, began = owner.rsplit("/", 2)
    if host != _host():
        return False
    try:
        return platforms.began(int(pid)) != began
    except OSError:
        return False


def in_words(owner: str) -> str:
    """Who that is, for a message.

    >>> in_words("ada/4711/5f3c+12345")
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
