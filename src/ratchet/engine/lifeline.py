"""Ties workers to the life of this process, through `ratchet.engine.guard`."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path


class Lifeline:
    """Tells a guard process which workers there are; it kills them when this process is gone, even by ``kill -9``."""

    def __init__(self) -> None:
        self._guard: subprocess.Popen[bytes] | None = None
        self._workers: set[int] = set()
        self._lock = threading.Lock()

    def add(self, pid: int) -> None:
        """Let the process die with this one."""
        with self._lock:
            self._workers.add(pid)
            if not self._send(f"+{pid}"):
                self._close_pipe()
                self._guard = _start()
                self._send(*(f"+{each}" for each in self._workers))

    def remove(self, pid: int) -> None:
        """Forget a process that is dead."""
        with self._lock:
            self._workers.discard(pid)
            self._send(f"-{pid}")

    def close(self) -> None:
        """Let the guard go, once no worker is left."""
        with self._lock:
            if self._guard is not None:
                self._guard.communicate()
                self._guard = None

    def _send(self, *lines: str) -> bool:
        """Whether there is a guard, and it was told."""
        if self._guard is None or self._guard.stdin is None or self._guard.poll() is not None:
            return False
        try:
            self._guard.stdin.write("".join(f"{line}\n" for line in lines).encode())
            self._guard.stdin.flush()
        except OSError:
            return False
        return True

    def _close_pipe(self) -> None:
        if self._guard is not None and self._guard.stdin is not None:
            with suppress(OSError):
                self._guard.stdin.close()


def _start() -> subprocess.Popen[bytes]:
    path = os.pathsep.join(str(Path(each or ".").absolute()) for each in sys.path)
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "ratchet.engine.guard"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": path},
    )
