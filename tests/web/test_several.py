"""Several classifiers behind one door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ratchet.system import BadSpec, System

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
    assert schemas.keys() >= {"films.Row", "books.Row", "films.Prediction", "Info", "Version", "Scorecard", "Problem"}
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
