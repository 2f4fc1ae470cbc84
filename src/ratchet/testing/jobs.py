"""The functions that the engine kit runs.  Other processes find them by name, and so they stand in a module."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from ratchet.engine.process_tree import ADOPTS

_kept: list[bytearray] = []
_SLEEP = "os.execvp('sleep', ['sleep', '1000'])"


def double(value: Any) -> Any:
    """Twice the value."""
    return value * 2


def nothing() -> None:
    """Do nothing."""


def fail(error: Exception) -> None:
    """Raise it."""
    raise error


def span(seconds: float) -> tuple[float, float]:
    """When it began and ended, on the machine's clock."""
    began = time.monotonic()
    time.sleep(seconds)
    return began, time.monotonic()


def start_others(file: str, *, deaf: bool = False) -> None:
    """Start a child, a grandchild, and an orphan that has left its group; write their numbers; never end.

    The orphan has left its session too where an engine can still find it then.
    """
    child = subprocess.Popen(["sh", "-c", "sleep 1000 & echo $!; wait"], stdout=subprocess.PIPE)  # nosec B607 # a stand-in
    leave = "setsid" if ADOPTS else "setpgrp"
    code = f"import os; os.fork() and os._exit(0); os.{leave}(); print(os.getpid(), flush=True); os.close(1); "
    orphan = subprocess.run([sys.executable, "-c", code + _SLEEP], stdout=subprocess.PIPE, check=True)
    assert child.stdout is not None
    pids = [os.getpid(), child.pid, int(child.stdout.readline()), int(orphan.stdout)]
    Path(f"{file}.part").write_text(" ".join(map(str, pids)))
    Path(f"{file}.part").replace(file)
    if not deaf:
        time.sleep(1000)
    hold_everything()


def start_others_and_hold_everything(file: str) -> None:
    """Start others, then hear nothing any more."""
    start_others(file, deaf=True)


def hold_everything() -> None:
    """Stay in one C call that lets no other thread run, and ignore what can be ignored."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    ctypes.PyDLL(None).sleep(1000)


def open_files() -> list[str]:
    """What this process has open."""
    process = psutil.Process()
    return [each.path for each in process.open_files()] + ["socket" for _ in process.net_connections("all")]


def take_memory(megabytes: int, seconds: float) -> int:
    """Hold memory for a while."""
    held = bytearray(os.urandom(1 << 20) * megabytes)
    time.sleep(seconds)
    return len(held) >> 20


def let_a_child_take_memory(megabytes: int) -> None:
    """Start a process that holds memory."""
    code = f"import os, time; held = bytearray(os.urandom(1 << 20) * {megabytes}); time.sleep(1000)"
    subprocess.run([sys.executable, "-c", code], check=True)


def keep_memory(megabytes: int) -> None:
    """Hold memory until the process ends; sleeps a little, so that every worker gets one of these."""
    _kept.append(bytearray(os.urandom(1 << 20) * megabytes))
    time.sleep(0.5)


def die() -> None:
    """As the kernel does it when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)


def crash() -> None:
    """As a broken library does it."""
    signal.signal(signal.SIGSEGV, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGSEGV)


def leave() -> None:
    """End the process without a word."""
    os._exit(3)


def hang_up() -> None:
    """Close everything, and stay."""
    os.closerange(3, 1000)
    time.sleep(1000)


def ask_to_exit() -> None:
    """As a script does it."""
    raise SystemExit(3)


class StubbornError(Exception):
    """An error that cannot be pickled."""

    def __reduce__(self) -> Any:
        raise TypeError("no")


def fail_with_what_cannot_travel() -> None:
    """Raise it."""
    raise StubbornError("on purpose")


def give_what_cannot_travel() -> Any:
    """Return it."""
    return lambda: 1
