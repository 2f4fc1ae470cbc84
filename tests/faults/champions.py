"""Champions that change under those who ask."""

from __future__ import annotations

import ratchet
from tests.faults.accounts import account, versions
from tests.faults.clients import asking
from tests.faults.scenario import Counts, scenario
from tests.faults.server import serving, wait
from tests.faults.workspaces import Workspaces


@scenario(
    "No request fails because the champion changes, and each is logged with the version that gave it.", few=3, many=100
)
def champion_swapped(workspaces: Workspaces, rounds: int) -> Counts:
    """another version is promoted, to and fro, under 100 connections"""
    root = workspaces.trained()
    with serving(root) as server, asking(server.address, 100, pause=0.2) as clients:
        with ratchet.open(root, tracking_uri="off") as classifier:
            for number in range(rounds):
                classifier.promote("21"[number % 2], override=True, reason="to and fro", actor="ann")
                wait(lambda: server.get("/health")["version"] == classifier.champion(), "the champion to answer")
                clients.more(answers=100)
        clients.stop()
        assert server.stop() == 0, server.words
    assert set(clients.answers.values()) == {"1", "2"}
    counts = account(root, clients.answers, tried=rounds, failed=clients.failed())
    assert clients.answers.items() <= versions(root).items()
    return counts
