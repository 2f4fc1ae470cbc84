"""Limits and counts at a real server, with real keys."""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from ratchet import clock
from ratchet.resources import Resources
from ratchet.spec.access import Access
from ratchet.store.tables import predictions
from ratchet.system import System
from ratchet.web.app import create
from ratchet.web.server import Server

ROW = {"text": "a good film", "plan": "gold", "age": 3}
BAD = {"text": "a bad film", "plan": "basic", "age": 1}


NAMES = ("ann", "bob")


def sign(keys: Mapping[str, str], request: httpx.Request) -> None:
    """Send the key of who is named, of ann where nobody is."""
    request.headers["authorization"] = f"Bearer {keys[request.headers.pop('x-name', 'ann')]}"


Serve = Callable[..., AbstractContextManager[httpx.Client]]


@pytest.fixture
def limited(films: Any) -> Serve:
    @contextmanager
    def serve(**limits: int) -> Iterator[httpx.Client]:
        films.spec = films.spec.model_copy(update={"access": Access.model_validate(limits)})
        keys = {name: films.access.keys.add(name, "developer").secret for name in NAMES}
        films.access.ring.tend()
        app = create(System([films]), films.access, tend_seconds=0.05)
        listening = socket.create_server(("127.0.0.1", 0))
        server = Server(app, log_level="critical")
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        hooks: dict[str, Any] = {"request": [partial(sign, keys)]}
        connections = httpx.Limits(max_connections=200)
        with listening, httpx.Client(base_url=url, timeout=60, event_hooks=hooks, limits=connections) as client:
            yield client
            server.should_exit = True
            thread.join()
        for name in NAMES:
            films.access.keys.revoke(name)

    return serve


def usage(films: Any, *by: str) -> dict[tuple[str, ...], tuple[int, int, int]]:
    found = films.usage(by or ("key",), since=clock.now())
    return {tuple(each.by.values()): (each.requests, each.rows, each.refused) for each in found.counts}


def test_the_601st_call_of_a_minute_is_a_429(
    limited: Serve, films: Any, problem: Callable[[Any, int], Mapping[str, Any]]
) -> None:
    with limited(per_minute=600) as client:
        for number in range(600):
            answer = client.post("/predict", json=ROW)
            assert answer.status_code == 200
            assert answer.headers["ratelimit-policy"] == '"per_minute";q=600;w=60'
            assert answer.headers["ratelimit"].startswith(f'"per_minute";r={599 - number};t=')
        refused = client.post("/predict", json=ROW)
        told = problem(refused, 429)
        assert told["type"] == "urn:ratchet:too-often"
        assert 1 <= int(refused.headers["retry-after"]) <= 61
        assert refused.headers["ratelimit"].startswith('"per_minute";r=0;t=')
        assert client.post("/predict", json=ROW, headers={"x-name": "bob"}).status_code == 200
        assert client.get("/health").status_code == 200
        assert 'ratchet_limited_total{classifier="films",limit="per_minute"} 1.0' in client.get("/metrics").text
    assert usage(films) == {("ann",): (601, 600, 1), ("bob",): (1, 1, 0)}


def test_of_200_parallel_clients_exactly_as_many_pass_as_are_allowed(limited: Serve) -> None:
    with limited(per_minute=500, rows_per_minute=10_000) as client:
        httpx.Limits(max_connections=200)
        with ThreadPoolExecutor(200) as threads:
            codes = Counter(threads.map(lambda _: client.post("/predict", json=ROW).status_code, range(1_000)))
    assert codes == {200: 500, 429: 500}


def test_other_routes_have_the_limits_too_and_watching_has_none(limited: Serve) -> None:
    with limited(per_minute=2) as client:
        paths = ["/info", "/v1/films/versions", "/v1/films/ledger", "/runs/none", "/v1/films/nowhere"]
        assert [client.get(path).status_code for path in paths] == [200, 200, 429, 429, 429]
        assert {client.get(path).status_code for path in ["/health", "/metrics", "/v1/films/health/live", "/v1"]} == {
            200
        }


def test_a_batch_has_as_many_rows_as_it_has(limited: Serve, problem: Callable[[Any, int], Mapping[str, Any]]) -> None:
    with limited(rows_per_minute=10, per_minute=100) as client:
        assert client.post("/predict/batch", json=[ROW] * 8).status_code == 200
        refused = client.post("/predict/batch", json=[ROW] * 3)
        assert "of which 2 are left" in problem(refused, 429)["found"]
        assert int(refused.headers["retry-after"]) >= 1
        lines = b"\n".join([json.dumps(ROW).encode()] * 3)
        refused = client.post("/predict/batch", content=lines, headers={"content-type": "application/x-ndjson"})
        problem(refused, 429)
        assert client.post("/predict/batch", json=[ROW] * 2).status_code == 200
        assert client.post("/predict", json=ROW).status_code == 429


def test_a_file_that_is_too_long_is_answered_as_far_as_it_may(limited: Serve, films: Any) -> None:
    with limited(rows_per_minute=2_000) as client:
        lines = b"\n".join([json.dumps(ROW).encode()] * 3_000)
        answer = client.post("/predict/batch", content=lines, headers={"content-type": "application/x-ndjson"})
        items = [json.loads(line) for line in answer.text.splitlines()]
    assert answer.status_code == 200
    assert items[-1]["problem"]["status"] == 429
    assert {each["label"] for each in items[:-1]} == {"good"}
    films.log.ship()
    assert films.log.count() == len(items) - 1 == usage(films)["ann",][1]


def test_the_counts_equal_the_log(limited: Serve, films: Any, resources: Resources) -> None:
    with limited() as client:
        for name, count in {"ann": 10, "bob": 3}.items():
            for number in range(count):
                client.post("/predict", json=BAD if number % 3 else ROW, headers={"x-name": name})
        client.post("/predict/batch", json=[ROW, BAD, BAD], headers={"x-name": "bob"})
        csv = b"text,plan,age\r\na good film,gold,3\r\na bad film,basic,three\r\na bad film,basic,1\r\n"
        client.post("/v1/films/predict/batch", content=csv, headers={"x-name": "bob", "content-type": "text/csv"})
        client.post("/predict", json={"text": 5}, headers={"x-name": "bob"})
        client.get("/nowhere")
        client.get("/health")
    films.log.ship()
    with resources.database.read() as connection:
        logged = Counter(tuple(row) for row in connection.execute(select(predictions.c.caller, predictions.c.label)))
    counted = {key: rows for key, (_, rows, _) in usage(films, "key", "class").items() if rows}
    assert counted == logged
    assert usage(films) == {("ann",): (11, 10, 1), ("bob",): (6, 8, 1)}
    assert usage(films, "route") == {
        ("predict",): (14, 13, 1), ("predict/batch",): (2, 5, 0), ("other",): (1, 0, 1),
    }  # fmt: skip


def test_a_quota_of_a_day_outlives_the_process(limited: Serve) -> None:
    with limited(per_day=3) as client:
        assert [client.post("/predict", json=ROW).status_code for _ in range(2)] == [200, 200]
    with limited(per_day=3) as client:
        answers = [client.post("/predict", json=ROW) for _ in range(2)]
        assert [each.status_code for each in answers] == [200, 429]
        assert int(answers[1].headers["retry-after"]) <= 86_400


def test_usage_is_a_route(limited: Serve, problem: Callable[[Any, int], Mapping[str, Any]]) -> None:
    with limited() as client:
        for name, count in {"ann": 10, "bob": 3}.items():
            for _ in range(count):
                client.post("/predict", json=ROW, headers={"x-name": name})
        while True:
            found = client.get("/v1/-/usage?by=key&classifier=films").json()
            if found["total"]["requests"] == 13:
                break
        assert [(each["by"]["key"], each["requests"]) for each in found["counts"]] == [("ann", 10), ("bob", 3)]
        assert client.get("/v1/-/usage?by=day,key&since=2020-01-01&key=bob").json()["total"]["rows"] == 3
        problem(client.get("/v1/-/usage?by=colour"), 400)
        problem(client.get("/v1/-/usage?since=yesterday"), 400)
