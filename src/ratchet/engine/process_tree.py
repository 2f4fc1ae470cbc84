"""A process and all it started: how much memory they take, and how none of them is left."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

import psutil

from ratchet import clock, platforms

platforms.require()

ADOPTS = sys.platform == "linux"
"""Whether a worker becomes the parent of orphans, so that one that has left its session too is found; not on macOS."""
_LISTING = 0.1
"""The most of its time that a watch spends on listing processes."""
_PATIENCE = 5.0
"""Seconds that the kernel may take to end a killed process; one that waits for a broken disk takes for ever."""
_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Become the parent of what our children leave behind, so that `members` still finds it."""
    if ADOPTS:
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_first() -> None:
    """Ask the kernel to kill this process before others when the machine runs out of memory; only Linux listens."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")


def members(leader: int) -> set[int]:
    """The process, its descendants, and every process of the session it leads, zombies left out."""
    children: dict[int, list[int]] = defaultdict(list)
    found = []
    for pid in psutil.pids():
        with suppress(psutil.Error, OSError):
            children[psutil.Process(pid).ppid()].append(pid)
            if pid == leader or os.getsid(pid) == leader:
                found.append(pid)
    seen: set[int] = set()
    while found:
        pid = found.pop()
        if pid not in seen:
            seen.add(pid)
            found += children[pid]
    return {pid for pid in seen if is_running(pid)}


class MemoryWatch:
    """Measures a process and its descendants again and again.

    Their list is made anew at each look, unless the machine has so many processes that this would take more than a
    tenth of the time.
    """

    def __init__(self, leader: int) -> None:
        self._leader = leader
        self._tree: list[psutil.Process] = []
        self._listed_until = 0.0

    def megabytes(self) -> float:
        """Their resident memory now; pages they share count for each, and what has ended counts for nothing."""
        began = clock.monotonic()
        if began >= self._listed_until:
            self._tree = _tree(self._leader)
            ended = clock.monotonic()
            self._listed_until = ended + (ended - began) * (1 / _LISTING - 1)
        return sum(map(_resident, self._tree)) / 1e6


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
        return psutil.Process(pid).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False


def _tree(leader: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(leader)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _send(pid: int, number: int) -> None:
    with suppress(OSError):
        os.kill(pid, number)
