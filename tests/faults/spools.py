"""Spools that are deleted or moved under the server."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.faults.accounts import account
from tests.faults.clients import asking
from tests.faults.scenario import Counts, scenario
from tests.faults.server import serving, wait
from tests.faults.workspaces import Workspaces

KEPT = "What a server has written to a segment that is deleted or moved is written anew, and health says so."


@scenario(KEPT, few=1, many=30)
def segments_deleted(workspaces: Workspaces, rounds: int) -> Counts:
    """every segment of the spool is deleted, while 4 connections are answered"""

    def delete(spool: Path) -> None:
        for path in spool.glob("*.seg"):
            path.unlink()

    return _lost(workspaces, rounds, delete)


@scenario(KEPT, few=1, many=30)
def spool_deleted(workspaces: Workspaces, rounds: int) -> Counts:
    """the folder of the spool is deleted, while 4 connections are answered"""
    return _lost(workspaces, rounds, shutil.rmtree)


@scenario(KEPT, few=1, many=30)
def spool_moved(workspaces: Workspaces, rounds: int) -> Counts:
    """the folder of the spool is renamed, while 4 connections are answered"""

    def move(spool: Path) -> None:
        spool.rename(workspaces.scratch() / "spool")

    return _lost(workspaces, rounds, move)


def _lost(workspaces: Workspaces, rounds: int, lose: Callable[[Path], None]) -> Counts:
    root, answered, failed = workspaces.trained(), set[str](), 0
    for _ in range(rounds):
        with serving(root) as server, asking(server.address, 4, pause=0.02) as clients:
            clients.more(answers=200)
            lose(root / ".ratchet" / "spool")
            clients.more(answers=200)
            wait(lambda: any("deleted or moved" in each for each in server.problems), "health to say so")
            clients.stop()
            assert server.stop() == 0, server.words
        answered |= clients.answers.keys()
        failed += clients.failed()
    return account(root, answered, tried=rounds, failed=failed)
