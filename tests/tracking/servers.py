"""A real MLflow server for a while."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


@contextmanager
def mlflow_server(folder: Path, port: int | None = None) -> Iterator[str]:
    """The address of a server that keeps its things in ``folder``; skips, by name, where MLflow's is not installed."""
    command = os.environ.get("RATCHET_MLFLOW") or (shutil.which("mlflow") if find_spec("flask") else None)
    if command is None:
        pytest.skip("the whole of MLflow is not installed (pip install mlflow; RATCHET_MLFLOW names its command)")
    port = port or free_port()
    store = f"sqlite:///{folder}/server.db"
    words = ["server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--backend-store-uri", store]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [command, *words, "--artifacts-destination", str(folder / "artifacts")],
            stdout=log,
            stderr=log,
            cwd=folder,
            start_new_session=True,
            env={name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        )
    try:
        _wait(process, f"http://127.0.0.1:{port}/health", folder / "server.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, 15)
        process.wait(timeout=30)


def _wait(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(address).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise AssertionError(log.read_text())
