"""A server to attack, as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil

PATIENCE_SECONDS = 180
"""How long anything is waited for, which says that it never came, and not how fast it is."""


@dataclass(frozen=True)
class Server:
    """``ratchet serve`` over a workspace; what it says goes to a file."""

    process: subprocess.Popen[bytes]
    said: IO[bytes]
    address: str

    @property
    def words(self) -> str:
        """All that it has written to standard error."""
        self.said.seek(0)
        return self.said.read().decode()

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)

    def get(self, path: str) -> Any:
        """The JSON document at a path, whatever its status."""
        try:
            with urllib.request.urlopen(f"{self.address}{path}", timeout=PATIENCE_SECONDS) as response:
                return json.load(response)
        except urllib.error.HTTPError as refused:
            with refused:
                return json.load(refused)

    @property
    def problems(self) -> list[str]:
        """What health finds wrong."""
        return list(self.get("/health")["problems"])

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes that answer, of a server that has several: forked by a child of its own."""
        keeper = psutil.Process(self.process.pid)
        direct = keeper.children()
        return [each for each in keeper.children(recursive=True) if each not in direct]

    @property
    def memory(self) -> int:
        """Bytes that it has in memory."""
        return int(psutil.Process(self.process.pid).memory_info().rss)


@contextmanager
def serving(root: Path, workers: int = 1, **environment: str) -> Iterator[Server]:
    """A server that answers on a free port; it is killed at the end of the block if it still runs."""
    command = [sys.executable, "-m", "ratchet.cli", "-C", str(root), "serve", "--open", "--port", "0"]
    command += ["--workers", str(workers)]
    with tempfile.TemporaryFile() as said:
        variables = os.environ | {"RATCHET_TRACKING_URI": "off"} | environment
        process = subprocess.Popen(command, stderr=said, env=variables)
        server = Server(process, said, "")
        try:
            wait(lambda: "http://" in server.words or process.poll() is not None, "a server that answers")
            assert process.poll() is None, f"the server ended before it was ready: {server.words}"
            line = next(line for line in server.words.splitlines() if "http://" in line)
            yield Server(process, said, line[line.index("http://") :].split()[0].rstrip(",;."))
        finally:
            process.kill()
            process.wait()


def wait(until: Callable[[], Any], what: str) -> None:
    """Look again and again until something is so; ``what`` says what never came."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not until():
        assert time.monotonic() < deadline, f"waited {PATIENCE_SECONDS} s for {what}"
        time.sleep(0.02)
