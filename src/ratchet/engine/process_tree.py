"""A process and all it started: how much memory they take, and how none of them is left.

Linux tells through ``/proc``; elsewhere only the process's own group is seen and memory is not measured.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from ratchet import clock

_PAGE = os.sysconf("SC_PAGE_SIZE")
_PATIENCE = 5.0
"""Seconds that the kernel may take to end a killed process; one that waits for a broken disk takes for ever."""
_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Become the parent of what our children leave behind, so that `members` still finds it."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_first() -> None:
    """Ask the kernel to kill this process before others when the machine runs out of memory."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")


def members(leader: int) -> set[int]:
    """The process, its descendants, and every process of the session it leads, zombies left out."""
    children: dict[int, list[int]] = defaultdict(list)
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # The name in brackets may hold anything, brackets too.
            state, parent, _group, session = entry.read_text(errors="replace").rpartition(")")[2].split()[:4]
            pid = int(entry.parent.name)
            children[int(parent)].append(pid)
            if state != "Z" and (pid == leader or int(session) == leader):
                found.append(pid)
    seen: set[int] = set()
    while found:
        pid = found.pop()
        if pid not in seen:
            seen.add(pid)
            found += children[pid]
    return seen


def memory_mb(leader: int) -> float:
    """The resident memory of the process and its descendants in megabytes; pages they share count for each."""
    pages, waiting = 0, [leader]
    while waiting:
        folder = Path(f"/proc/{waiting.pop()}")
        with suppress(OSError):
            pages += int((folder / "statm").read_text().split()[1])
            for task in (folder / "task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
    return pages * _PAGE / 1e6


def kill(leader: int) -> None:
    """Kill the process and all it started, and see them gone.

    Each is stopped before any is killed, so that none starts another.
    """
    stopped: set[int] = set()
    while new := members(leader) - stopped:
        for pid in new:
            _send(pid, signal.SIGSTOP)
        stopped |= new
    for pid in stopped:
        _send(pid, signal.SIGKILL)
    with suppress(OSError):
        os.killpg(leader, signal.SIGKILL)
    end = clock.monotonic() + _PATIENCE
    while clock.monotonic() < end and any(is_running(pid) for pid in stopped):
        time.sleep(0.002)


def is_running(pid: int) -> bool:
    """Whether there is such a process and it has not ended; one that nobody has asked about since has."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def _send(pid: int, number: int) -> None:
    with suppress(OSError):
        os.kill(pid, number)
