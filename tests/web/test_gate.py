"""What the door refuses before it reads: strange hosts and pages, wrong kinds of bodies, and too much of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import msgspec
import pytest
from httpx import Client

from ratchet.classifier import Classifier
from ratchet.web.bodies import SMALL

Problem = Callable[[Any, int], dict[str, Any]]
PATHS = ("/info", "/health", "/metrics", "/docs", "/openapi.json", "/v1", "/nowhere")
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "localhost.", "127.0.0.1:1", "127.9.9.9", "[::1]", "[::1]:8000"]
)
def test_this_machine_is_asked_by_its_own_names(client: Client, host: str) -> None:
    assert client.get("/info", headers={"host": host}).status_code == 200
    assert client.post("/predict", json={"text": "a"}, headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["rebind.evil", "rebind.evil:8000", "", "localhost.evil", "127.0.0.1.evil", "a@localhost", "10.1.1.1"]
)  # fmt: skip
def test_it_is_nobody_else(client: Client, films: Any, problem: Problem, host: str) -> None:
    for path in PATHS:
        assert "RATCHET_HOSTS" in problem(client.get(path, headers={"host": host}), 421)["todo"]
    for path in ("/predict", "/v1/films/predict", "/predict/batch", "/feedback"):
        told = problem(client.post(path, json={"text": "a"}, headers={"host": host}), 421)
        assert len(told["found"]) < 120
    assert films.counts().answered == 0


def test_a_proxy_before_it_is_named(opened: Any, films: Any, served: Any) -> None:
    films.settings = films.settings.model_copy(update={"hosts": "Ratchet.example.org, [fd00::7]"})
    with served(films) as client:
        for host in ("ratchet.example.org", "ratchet.example.org:443", "[fd00::7]:80", "localhost"):
            assert client.get("/info", headers={"host": host}).status_code == 200
        page = {"origin": "https://ratchet.example.org"}
        assert client.post("/predict", json={"text": "a"}, headers=page).status_code == 200
        assert client.get("/info", headers={"host": "example.org"}).status_code == 421


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8000", "http://localhost", "https://[::1]:8443"])
def test_its_own_pages_may_ask(client: Client, origin: str) -> None:
    response = client.post("/predict", json={"text": "a"}, headers={"origin": origin})
    assert response.status_code == 200
    assert not [name for name in response.headers if name.startswith("access-control")]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://localhost.evil", "file://localhost"])
def test_a_page_of_somebody_else_may_not(client: Client, films: Any, problem: Problem, origin: str) -> None:
    for path in PATHS:
        assert "page of" in problem(client.get(path, headers={"origin": origin}), 403)["found"]
    problem(client.post("/predict", json={"text": "a"}, headers={"origin": origin}), 403)
    assert films.counts().answered == 0


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonx"])
def test_a_body_says_what_it_is(client: Client, films: Any, problem: Problem, kind: str | None) -> None:
    headers = {} if kind is None else {"content-type": kind}
    for path in ("/predict", "/v1/films/predict", "/predict/batch", "/v1/films/predict/batch", "/feedback"):
        if "form" in str(kind) and path.endswith("/predict"):
            continue
        told = problem(client.post(path, content=b'{"text": "a"}', headers=headers), 415)
        assert "application/json" in told["todo"]
        assert (kind or "without a Content-Type") in told["found"]
    assert client.post(
        "/predict", content=b'{"text": "a"}', headers={"content-type": "Application/JSON; charset=utf-8"}
    )
    assert films.counts().answered == 1


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("content-type", ("application/json", "application/json")),
        ("content-type", ("application/json", "application/x-ndjson")),  # in memory for one, on the disk for the other
        ("content-type", ("text/plain", "application/json")),
        ("host", ("localhost", "rebind.evil")),
        ("host", ("rebind.evil", "localhost")),
        ("origin", ("https://evil.example", "http://localhost")),
    ],
)
def test_what_is_read_twice_is_said_once(client: Client, films: Any, name: str, values: tuple[str, str]) -> None:
    headers = [(key, value) for key, value in (("host", "localhost"), *JSON.items()) if key != name]
    headers += [(name, value) for value in values]
    for path in ("/predict", "/predict/batch", "/info"):
        status, told = posted(client, path, [*headers, ("content-length", "2")])
        assert (status, told["found"], told["todo"]) == (400, f"2 headers {name.title()}", f"send {name.title()} once")
    assert films.counts().answered == 0


def posted(client: Client, path: str, headers: list[tuple[str, str]]) -> tuple[int, dict[str, Any]]:
    """A body of ``{}`` sent with just these headers, and the JSON that comes back; httpx would not send two hosts."""
    with closing(HTTPConnection(client.base_url.host, client.base_url.port)) as connection:
        connection.putrequest("POST", path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders(b"{}")
        response = connection.getresponse()
        return response.status, msgspec.json.decode(response.read())


def test_other_headers_may_be_repeated(client: Client) -> None:
    tags = [("ratchet-tags", "a=1"), ("ratchet-tags", "b=2"), ("accept", "*/*"), ("accept", "text/html")]
    assert client.post("/predict", json={"text": "a"}, headers=tags).status_code == 200


def chunks(size: int) -> Iterator[bytes]:
    for _ in range(0, size, 1_000):
        yield b" " * 1_000


@pytest.mark.parametrize("path", ["/feedback", "/v1/films/feedback", "/info", "/nowhere"])
def test_other_bodies_are_small(client: Client, problem: Problem, path: str) -> None:
    for body in (b" " * (SMALL + 1), chunks(200_000)):
        response = client.post(path, content=body, headers=JSON)
        assert "more than 64 KB" in problem(response, 413)["found"]
        assert len(response.content) < 1_000


def test_a_small_body_in_chunks_is_read(client: Client) -> None:
    given = client.post("/predict", content=iter([b'{"te', b'xt": "a"}']), headers=JSON).json()
    label = iter([b'{"id": "%b", ' % given["id"].encode(), b'"label": "good"}'])
    assert client.post("/feedback", content=label, headers=JSON).status_code == 201


@pytest.mark.parametrize("path", ["/predict", "/predict/batch"])
def test_a_body_that_is_too_large_in_chunks_is_not_read_to_its_end(
    films: Classifier, served: Any, problem: Problem, path: str
) -> None:
    with served(films, most_row=100_000, most_batch=100_000) as client:
        problem(client.post(path, content=chunks(200_000), headers=JSON), 413)


def test_all_large_bodies_together_are_bounded(films: Any, served: Any, problem: Problem) -> None:
    large = {"text": "good " * 30_000}
    with served(films, most_in_memory=200_000) as client:
        for _ in range(5):
            assert client.post("/predict", json=large).status_code == 200  # what was held is given back
        response = client.post("/predict", json={"text": "good " * 50_000})
        assert response.headers["retry-after"] == "5"
        assert "0.2 MB" in problem(response, 503)["found"]
        assert client.post("/predict/batch", json=[large]).status_code == 200
        problem(client.post("/predict/batch", json=[large, large]), 503)
        ndjson = b'{"text": "good", "plan": "gold", "age": 1}\n' * 9_000
        answers = client.post("/predict/batch", content=ndjson, headers={"content-type": "application/x-ndjson"})
        assert answers.status_code == 200  # it lies on the disk


def test_what_is_refused_is_counted(client: Client) -> None:
    client.get("/info", headers={"host": "rebind.evil"})
    counted = 'ratchet_requests_total{classifier="",route="refused",status="421"} 1.0'
    assert counted in client.get("/metrics").text


def test_errors_repeat_little_of_what_was_sent(client: Client, problem: Problem) -> None:
    long = "x" * 5_000
    for response, status in (
        (client.get(f"/{long}"), 404),
        (client.get(f"/v1/{long}/info"), 404),
        (client.get(f"/versions/{long}/scorecard"), 404),
        (client.post("/predict/batch", json=[], headers={"accept": long}), 415),
        (client.post("/feedback", json={"id": "a", "label": long, long: long}), 422),
        (client.post("/predict", json={"age": long}), 422),
        (client.post("/predict", json={long: long}), 422),
        (client.post("/predict", content=b"{}", headers={"content-type": long}), 415),
    ):
        assert response.status_code == status
        assert "x" * 81 not in response.text


def test_no_redirect_repeats_the_host(client: Client) -> None:
    for path, status in (("/info/", 200), ("/info//", 404), ("/v1/films/info/", 200), ("//evil.example/", 404)):
        response = client.get(path)
        assert response.status_code == status
        assert "location" not in response.headers
