"""Ties workers to the life of this process, through `ratchet.engine.guard`."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
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
            self._tell(f"+{pid}")

    def remove(self, pid: int) -> None:
        """Forget a process that is dead."""
        with self._lock:
            self._workers.discard(pid)
            self._tell(f"-{pid}")

    def close(self) -> None:
        """Let the guard go, once no worker is left."""
        with self._lock:
            if self._guard is not None:
                self._guard.communicate()
                self._guard = None

    def _tell(self, line: str) -> None:
        if self._guard is None or self._guard.poll() is not None:
            self._close_pipe()
            self._guard = _start()
            line = "\n".join(f"+{pid}" for pid in self._workers)
        assert self._guard.stdin is not None
        self._guard.stdin.write(f"{line}\n".encode())
        self._guard.stdin.flush()

    def _close_pipe(self) -> None:
        if self._guard is not None and self._guard.stdin is not None:
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
