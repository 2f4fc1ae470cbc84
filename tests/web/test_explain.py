"""``POST explain``, and the wish for it on ``POST predict``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from httpx import Client

from ratchet.web.permissions import CLASSIFIER, USER

Problem = Callable[[Any, int], dict[str, Any]]
JSON = {"content-type": "application/json"}
ROW = {"text": "A GOOD film", "plan": "gold"}


@pytest.mark.parametrize("prefix", ["/v1/films", ""])
def test_a_row_is_explained_and_not_logged(client: Client, films: Any, prefix: str) -> None:
    response = client.post(f"{prefix}/explain", json=ROW)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    found = response.json()
    assert (found["label"], found["answer"], found["name"], found["version"]) == ("good", "good", "Good one", "1")
    assert (found["method"], found["exact"]) == ("linear", True)
    parts = sum(each["contribution"] for each in found["contributions"]) + found["rest"]["contribution"]
    assert found["base"] + parts == pytest.approx(found["margin"], abs=1e-6)
    assert {"column": "text", "value": "GOOD", "start": 2, "end": 6} in [
        {name: value for name, value in each.items() if name != "contribution"} for each in found["contributions"]
    ]
    assert "'GOOD'" in found["sentence"]
    assert films.counts().answered == films.spooled().logged == 0


def test_another_class_may_be_asked_for(client: Client, problem: Problem) -> None:
    found = client.post("/explain?label=bad", json=ROW).json()
    assert (found["label"], found["answer"]) == ("bad", "good")
    assert "against it" in found["sentence"]
    told = problem(client.post("/explain?label=worst", json=ROW), 422)
    assert told["errors"] == [{"where": "label", "found": "'worst'", "expected": "good, bad"}]


@pytest.mark.parametrize(
    ("body", "status", "found"),
    [
        (b"{", 400, "not JSON"),
        (b"[]", 400, "not one row"),
        (b'{"text": 3}', 422, "1 mistake"),
        (b'{"nothing": 1}', 422, "1 mistake"),
        (b'{"text": "' + b"x" * 200_000 + b'"}', 413, "more than 97 KB"),
    ],
)
def test_what_is_no_row_is_refused(
    films: Any, served: Any, problem: Problem, body: bytes, status: int, found: str
) -> None:
    with served(films, most_row=100_000) as client:
        assert found in problem(client.post("/explain", content=body, headers=JSON), status)["found"]
        problem(client.get("/explain"), 405)
        problem(client.post("/explain", content=b"a=b", headers={"content-type": "text/csv"}), 415)


@pytest.mark.parametrize("path", ["/predict", "/predict/batch"])
def test_answers_come_with_it_where_it_is_wished(client: Client, films: Any, path: str) -> None:
    asked: Any = [ROW] if "batch" in path else ROW
    answer = client.post(f"{path}?explain=true", json=asked).json()
    answer = answer[0] if "batch" in path else answer
    assert answer["explanation"]["label"] == answer["label"]
    assert films.log.get(answer["id"]).label == answer["label"]
    plain = client.post(path, json=asked).json()
    assert "explanation" not in (plain[0] if "batch" in path else plain)
    assert client.post(f"{path}?explain=perhaps", json=asked).status_code == 400


def test_who_may_ask_and_what_is_told_of_it(client: Client) -> None:
    assert CLASSIFIER["POST", "explain"].role is USER
    document = client.get("/openapi.json").json()
    for path in ("/explain", "/v1/films/explain"):
        assert document["paths"][path]["post"]["responses"]["200"]
    told = set(document["components"]["schemas"]["films.Explanation"]["properties"])
    assert told == set(client.post("/explain", json=ROW).json())
