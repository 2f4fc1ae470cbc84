"""Many labels at once for a database that another process holds: health waits for none of them, and none is a 500."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from typing import Any

import httpx
import pytest

HELD_SECONDS = 4.0


@pytest.mark.parametrize("connections", [15, 5])
def test_labels_that_wait_for_a_held_database_hold_up_no_health(
    films: Any,
    served: Callable[..., AbstractContextManager[httpx.Client]],
    monkeypatch: pytest.MonkeyPatch,
    connections: int,
) -> None:
    monkeypatch.setattr("ratchet.web.threads.PATIENCE_SECONDS", 1.0)
    monkeypatch.setattr("ratchet.store.database._FREE_WITHIN", 1)
    engine = films._database._engine
    monkeypatch.setattr(engine.pool, "_timeout", 1.0)
    monkeypatch.setattr(engine.pool, "_max_overflow", connections - engine.pool.size())
    with (
        served(films, tend_seconds=0.05) as client,
        closing(sqlite3.connect(engine.url.database, isolation_level=None)) as other,
        ThreadPoolExecutor(61) as pool,
    ):
        given = [client.post("/predict", json={"text": "a film"}).json()["id"] for _ in range(60)]
        other.execute("BEGIN IMMEDIATE")
        begun, slowest = time.monotonic(), 0.0
        asked = [pool.submit(client.post, "/feedback", json={"id": each, "label": "good"}) for each in given]
        while time.monotonic() < begun + HELD_SECONDS:
            started = time.monotonic()
            assert client.get("/health").status_code == 200
            slowest = max(slowest, time.monotonic() - started)
        other.execute("ROLLBACK")
        found = Counter(each.result().status_code for each in asked)
    assert found.keys() <= {201, 503}
    assert found[503] > 0
    assert slowest < HELD_SECONDS / 2
