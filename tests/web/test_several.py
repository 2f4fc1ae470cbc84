"""Several classifiers behind one door."""

from __future__ import annotations

import inspect
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Any

import pytest
from fastapi.routing import APIRoute

from ratchet.system import BadSpec, System
from ratchet.web.app import ROUTERS, SYSTEM_ROUTERS
from ratchet.web.routes import watching

Problem = Callable[[Any, int], dict[str, Any]]
BAD = BadSpec(where="shops/ratchet.toml", problem="there is no label", todo="name one")


@pytest.fixture
def system(films: Any, books: Any) -> System:
    return System([films, books], bad=[BAD])


def test_each_answers_under_its_name_into_its_own_log(system: System, films: Any, books: Any, served: Any) -> None:
    with served(system) as client:
        mine = client.post("/v1/films/predict", json={"text": "so good"}).json()
        theirs = client.post("/v1/books/predict/batch", json=[{"text": "so bad"}] * 3).json()
        assert client.get("/v1/books/info").json()["name"] == "books"
    assert films.log.get(mine["id"]).classifier == "films"
    assert {books.log.get(each["id"]).classifier for each in theirs} == {"books"}
    assert (films.counts().answered, books.counts().answered) == (1, 3)


def test_without_a_name_one_is_asked_to_say_which(system: System, served: Any, problem: Problem) -> None:
    with served(system) as client:
        for response in (
            client.post("/predict", json={"text": "a"}),
            client.post("/predict/batch", json=[{"text": "a"}]),
            client.post("/feedback", json={"id": "a", "label": "good"}),
            client.get("/info"),
        ):
            assert "films, books" in problem(response, 404)["todo"]


def test_the_default_one_needs_no_name(films: Any, books: Any, served: Any) -> None:
    with served(System([films, books], default="books")) as client:
        assert client.post("/predict", json={"text": "a"}).status_code == 200
        assert client.get("/info").json()["name"] == "books"
        found = client.get("/metrics").text
    assert books.counts().answered == 1
    assert 'ratchet_requests_total{classifier="books",route="predict",status="200"} 1.0' in found
    assert 'ratchet_requests_total{classifier="books",route="info",status="200"} 1.0' in found


def test_a_list_of_all_with_what_is_wrong(system: System, films: Any, served: Any) -> None:
    films.current = None
    with served(system) as client:
        listed = client.get("/v1").json()
        assert listed["default"] is None
        assert [(each["name"], each["ready"], each["champion"]) for each in listed["classifiers"]] == [
            ("films", False, None),
            ("books", True, "1"),
        ]
        assert listed["bad"] == [{"where": BAD.where, "problem": BAD.problem, "todo": BAD.todo}]


@contextmanager
def held(classifier: Any) -> Iterator[None]:
    """Its database is being written to by somebody else, who does not end."""
    path = classifier.settings.workspace / "ratchet.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def test_a_database_that_is_held_holds_up_nobody_elses_requests(
    films: Any, far_books: Any, served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ratchet.web.threads.PATIENCE_SECONDS", 0.5)
    with served(System([films, far_books])) as client, ThreadPoolExecutor(60) as pool:
        given = client.post("/v1/films/predict", json={"text": "a"}).json()
        films.tend()
        with held(films):
            label = {"id": given["id"], "label": "good"}
            waiting = [pool.submit(client.post, "/v1/films/feedback", json=label) for _ in range(50)]
            while sum(each.done() for each in waiting) < 42:  # every thread is in use, and the others have given up
                time.sleep(0.01)
            for path in ("/health", "/v1/books/info", "/v1/books/health", "/v1/books/ledger", "/v1/books/metrics",
                         "/metrics", "/v1", "/v1/films/health", "/health/live", "/openapi.json"):  # fmt: skip
                assert client.get(path).status_code == 200, path
            assert client.post("/v1/books/predict", json={"text": "a"}).status_code == 200
            assert client.post("/v1/films/predict", json={"text": "a"}).status_code == 200
            assert client.post("/v1/books/predict/batch", json=[{"text": "a"}]).status_code == 200
            assert client.post("/v1/films/predict/batch", json=[{"text": "a"}]).status_code == 200
            assert client.get("/v1/films/versions").status_code == 200  # a reader waits for no writer
            assert sum(each.done() for each in waiting) == 42, "all of this while the database is held"
        found = [each.result() for each in waiting]
    assert {each.status_code for each in found} == {201, 503}
    assert sum(each.status_code == 201 for each in found) == 8
    busy = next(each for each in found if each.status_code == 503)
    assert busy.headers["retry-after"] == "5"
    assert "8 requests for this classifier are at work" in busy.json()["found"]


def test_every_route_waits_in_its_classifiers_threads_or_for_nothing() -> None:
    """A plain function would wait in threads that all classifiers share."""
    routers = (*ROUTERS, *SYSTEM_ROUTERS, watching.router)
    routes = [each for router in routers for each in router.routes if isinstance(each, APIRoute)]
    assert len(routes) > 10
    assert [each.path for each in routes if not inspect.iscoroutinefunction(each.endpoint)] == []


def test_a_champion_that_is_slow_to_load_keeps_the_server_from_nobody(
    films: Any, books: Any, served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ratchet.web.tending.FIRST_SECONDS", 0.05)
    loaded = threading.Event()
    films.tend = loaded.wait
    with served(System([films, books])) as client:
        assert client.post("/v1/books/predict", json={"text": "a"}).status_code == 200
        assert client.get("/v1/films/health").status_code == 503
        loaded.set()


def test_the_documentation_goes_without_a_champion_that_cannot_be_loaded(
    system: System, films: Any, served: Any, problem: Problem
) -> None:
    films.current = "broken"
    with served(system) as client:
        assert "cannot be loaded" in problem(client.get("/v1/films/info"), 503)["found"]
        document = client.get("/openapi.json").json()
        assert client.get("/docs").status_code == 200
    schemas = document["components"]["schemas"]
    assert schemas["films.Row"]["properties"].keys() == {"text", "plan", "age"}  # as the spec says
    assert "enum" not in schemas["films.Prediction"]["properties"]["label"]
    assert schemas["books.Prediction"]["properties"]["label"]["enum"] == ["good", "bad"]


def test_health_is_ready_while_any_answers(system: System, films: Any, books: Any, served: Any) -> None:
    films.current = None
    with served(system) as client:
        health = client.get("/health")
        assert (health.status_code, health.json()["ready"]) == (200, True)
        assert health.json()["problems"] == [
            "films: there is no champion to answer with",
            "shops/ratchet.toml: there is no label",
        ]
        assert client.get("/v1/films/health").status_code == 503
        assert client.get("/v1/books/health/ready").status_code == 200
        assert client.get("/v1/films/health/live").status_code == 200
    books.current = films.current = None
    books._live._predictor = None
    with served(system) as client:
        assert client.get("/health").status_code == 503


def test_metrics_name_the_classifier(system: System, served: Any) -> None:
    with served(system) as client:
        client.post("/v1/films/predict", json={"text": "so good"})
        client.get("/v1/books/versions")
        client.get("/health")
        every = client.get("/metrics").text
        mine = client.get("/v1/films/metrics").text
    assert 'ratchet_answered_total{classifier="films"} 1.0' in every
    assert 'ratchet_answered_total{classifier="books"} 0.0' in every
    assert 'ratchet_requests_total{classifier="books",route="versions",status="200"} 1.0' in every
    assert 'ratchet_requests_total{classifier="",route="health",status="200"} 1.0' in every
    assert "ratchet_bad_specs 1.0" in every
    assert 'classifier="films"' in mine
    assert 'classifier="books"' not in mine
    assert "bad_specs" not in mine


def test_the_documentation_has_every_route_typed(system: System, served: Any) -> None:
    with served(system) as client:
        document = client.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    assert schemas.keys() >= {
        "films.Row",
        "books.Row",
        "films.Prediction",
        "Info",
        "StagedVersion",
        "Scorecard",
        "Problem",
    }
    assert {"/v1/films/predict", "/v1/books/predict/batch", "/v1", "/health"} <= document["paths"].keys()
    assert "/info" not in document["paths"]  # nobody is meant where nobody is named
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["summary"]
            assert "default" in operation["responses"]
            for code, response in operation["responses"].items():
                for content in response["content"].values():
                    assert content["schema"], (path, code)
            if "{name}" in path:
                assert operation["parameters"][0]["schema"]["enum"] == ["films", "books"]
    assert document["paths"]["/v1/{name}/feedback"]["post"]["responses"].keys() == {"201", "default"}


LOCKED = (
    "import sqlite3, sys\n"
    "other = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
    "other.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.read()"
)


def test_health_waits_for_no_database_that_another_process_holds(
    films: Any, served: Any, monkeypatch: pytest.MonkeyPatch, problem: Problem
) -> None:
    monkeypatch.setattr("ratchet.web.threads.PATIENCE_SECONDS", 0.5)
    path = films.settings.workspace / "ratchet.db"
    with served(films) as client, ThreadPoolExecutor(60) as pool:
        given = client.post("/predict", json={"text": "a"}).json()
        films.tend()
        command = [sys.executable, "-c", LOCKED, str(path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
            assert other.stdout is not None
            other.stdout.readline()
            label = {"id": given["id"], "label": "good"}
            waiting = [pool.submit(client.post, "/feedback", json=label) for _ in range(60)]
            while sum(each.done() for each in waiting) < 52:
                before = time.monotonic()
                assert client.get("/health").status_code == 200
                assert time.monotonic() - before < 5
            assert client.post("/predict", json={"text": "a"}).status_code == 200
            other.kill()
        found = [each.result() for each in waiting]
    assert sum(each.status_code == 201 for each in found) == 8
    for each in found:
        if each.status_code != 201:
            problem(each, 503)
