"""Requests that were made to do harm."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.faults.accounts import account
from tests.faults.clients import asking, post
from tests.faults.scenario import Counts, scenario
from tests.faults.server import serving
from tests.faults.workspaces import Workspaces

COMMANDS = (
    ("show",),
    ("doctor",),
    ("predict", "more.csv", "-o", "out.csv"),
    ("promote", "2", "--override", "--reason", "a test"),
    ("rollback", "--reason", "a test"),
)


@scenario("Whatever one request holds, the log goes on for the others, and so does every command.", few=2, many=400)
def deep_rows(workspaces: Workspaces, rounds: int) -> Counts:
    """rows with arrays in arrays, 20 to 100,000 deep, alone and in batches; then SIGTERM, and each command once"""
    root = workspaces.trained()
    with serving(root) as server, asking(server.address, 2) as clients:
        for number in range(rounds):
            deep = (20, 90, 500, 980, 5_000, 100_000)[number % 6]
            row = b'{"text": "a", "z": ' + b"[" * deep + b"]" * deep + b"}"
            for path, form, body in (
                ("/predict", "json", row),
                ("/predict/batch", "json", b"[" + row + b"]"),
                ("/predict/batch", "x-ndjson", row + b"\n" + row),
            ):
                status = post(server.address, path, body, f"application/{form}")
                assert status < 500, f"{path} {form} {deep} deep: {status}"
            clients.more(answers=20)
        clients.stop()
        assert server.get("/health")["ready"]
        assert server.stop() == 0, server.words
    failed = clients.failed() + sum(_fails(root, *words) for words in COMMANDS)
    return account(root, clients.answers, tried=rounds, failed=failed)


def _fails(root: Path, *words: str) -> bool:
    command = [sys.executable, "-m", "ratchet.cli", *words]
    environment = os.environ | {"RATCHET_TRACKING_URI": "off"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    if done.returncode or "Traceback" in done.stderr:
        print(f"{' '.join(words)}: {done.returncode} {done.stderr}", file=sys.stderr)
    return bool(done.returncode or "Traceback" in done.stderr)
