"""GET /v1/-/audit."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import httpx
import sqlalchemy as sa

from ratchet.store.tables import audit
from ratchet.system import System
from tests.web.conftest import Films

Served = Callable[..., AbstractContextManager[httpx.Client]]


def test_the_audit_is_read_in_pages_and_verified(films: Films, far_books: Films, served: Served, problem: Any) -> None:
    for number in range(3):
        films._audit.tell("promote", f"version {number}")
    far_books._audit.tell("rollback", "version 9")
    with served(System([films, far_books])) as client:
        page = client.get("/v1/-/audit", params={"action": "promote", "limit": 2, "verify": True}).json()
        assert [each["target"] for each in page["entries"]] == ["version 2", "version 1"]
        assert page["verified"]["damage"] is None
        after = client.get("/v1/-/audit", params={"action": "promote", "before": page["next"]}).json()
        assert [each["target"] for each in after["entries"]] == ["version 0"]
        assert (after["next"], after["verified"]) == (None, None)
        books = client.get("/v1/-/audit", params={"classifier": "books", "action": "rollback"}).json()
        assert [each["target"] for each in books["entries"]] == ["version 9"]
        problem(client.get("/v1/-/audit", params={"since": "soon"}), 400)
        problem(client.get("/v1/-/audit", params={"limit": 100_000}), 400)
        problem(client.get("/v1/-/audit", params={"classifier": "nobody"}), 404)
        with films._database.begin() as connection:
            connection.execute(sa.update(audit).where(audit.c.seq == 2).values(actor="bob"))
        assert client.get("/v1/-/audit", params={"verify": True}).json()["verified"]["at"] == 2


def test_a_label_over_http_leaves_its_entry(client: httpx.Client, films: Films) -> None:
    answer = client.post("/predict", json={"text": "a good film"}).json()
    assert client.post("/feedback", json={"id": answer["id"], "label": "good"}).status_code == 201
    (entry,) = client.get("/v1/-/audit", params={"action": "feedback"}).json()["entries"]
    assert entry["target"] == f"prediction {answer['id']}"
    assert entry["after"]["label"] == "good"
