"""The HTTP door, route by route."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from httpx import Client

from ratchet.progress import Progress
from ratchet.retrain.hearing import log_of

Problem = Callable[[Any, int], dict[str, Any]]
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize("prefix", ["/v1/films", ""])
def test_one_row_is_answered_and_logged(client: Client, films: Any, prefix: str) -> None:
    response = client.post(f"{prefix}/predict", json={"text": "so good", "age": 3, "plan": "platinum"})
    assert response.status_code == 200
    answer = response.json()
    assert set(answer) == {"id", "label", "name", "confidence", "scores", "set", "abstained", "version", "ms"}
    assert (answer["label"], answer["name"], answer["version"]) == ("good", "Good one", "1")
    assert films.log.get(answer["id"]).row == {"text": "so good", "age": 3, "plan": "platinum"}


def test_a_wrong_type_is_located(client: Client, films: Any, problem: Problem) -> None:
    told = problem(client.post("/predict", json={"text": 3, "age": "x"}), 422)
    assert {each["where"] for each in told["errors"]} == {"row 1: text", "row 1: age"}
    assert told["type"] == "urn:ratchet:row"
    assert films.counts().answered == films.spooled().logged == 0


@pytest.mark.parametrize(
    ("body", "status", "found"),
    [
        (b"", 400, "empty body"),
        (b"{", 400, "not JSON"),
        (b'{"text": "\xff"}', 400, "not JSON"),
        (b"[]", 400, "not one row"),
        (b'"text"', 400, "not one row"),
        (b'{"nothing": 1}', 422, "1 mistake"),
        (b'{"text": "' + b"x" * 200_000 + b'"}', 413, "more than 97 KB"),
        (b"[" * 90_000, 400, "more than 100 levels"),
    ],
)
def test_what_is_no_row_is_refused(
    films: Any, served: Any, problem: Problem, body: bytes, status: int, found: str
) -> None:
    with served(films, most_row=100_000) as client:
        assert found in problem(client.post("/predict", content=body, headers=JSON), status)["found"]


def test_a_method_that_predict_has_not(client: Client, problem: Problem) -> None:
    response = client.get("/v1/films/predict")
    problem(response, 405)
    assert response.headers["allow"] == "POST"


def test_without_a_champion_predict_says_what_to_do(films: Any, served: Any, problem: Problem) -> None:
    films.current = None
    with served(films) as client:
        assert "ratchet train" in problem(client.post("/predict", json={"text": "a"}), 503)["todo"]
        health = client.get("/health")
        assert (health.status_code, health.json()["ready"]) == (503, False)
        assert client.get("/health/live").status_code == 200


@pytest.mark.parametrize("prefix", ["/v1/films", ""])
def test_what_there_is_to_know(client: Client, prefix: str) -> None:
    classes = [{"label": "good", "name": "Good one"}, {"label": "bad", "name": "bad"}]
    assert client.get(f"{prefix}/info").json()["classes"] == classes
    assert client.get(f"{prefix}/versions").json() == []
    assert client.get(f"{prefix}/ledger").json() == []
    health = {"live": True, "ready": True, "version": "1", "problems": []}
    assert client.get("/v1/films/health").json() == health
    assert client.get("/health").json() == {**health, "classifiers": {"films": health}}


def test_what_there_is_not(client: Client, problem: Problem) -> None:
    assert "no version 9" in problem(client.get("/versions/9/scorecard"), 404)["found"]
    assert "one of films" in problem(client.get("/v1/books/info"), 404)["todo"]
    assert "one of films" in problem(client.post("/v1/books/predict", json={"text": "a"}), 404)["todo"]
    assert "/docs" in problem(client.get("/nowhere"), 404)["todo"]
    for nowhere in ("/v1/%00/info", "/v1/films/versions/%00/scorecard"):
        problem(client.get(nowhere), 404)
    problem(client.delete("/ledger"), 405)


def test_a_label_comes_back(client: Client, problem: Problem) -> None:
    given = client.post("/predict", json={"text": "so good"}).json()
    kept = client.post("/feedback", json={"id": given["id"], "label": "bad"})
    assert kept.status_code == 201
    assert (kept.json()["agreed"], kept.json()["actor"]) == (False, "local")
    assert (
        "good, bad"
        in problem(client.post("/feedback", json={"id": given["id"], "label": "ok"}), 422)["errors"][0]["expected"]
    )
    for none in ("none", "\0", "a" * 26):
        problem(client.post("/feedback", json={"id": none, "label": "bad"}), 404)
    problem(client.post("/feedback", content=b'{"id": "\\ud800", "label": "bad"}', headers=JSON), 422)
    problem(client.post("/feedback", json={"id": given["id"], "label": "\0"}), 422)
    told = problem(client.post("/feedback", json={"label": 3, "actor": "ann"}), 422)
    assert {each["where"] for each in told["errors"]} == {"body.id", "body.label", "body.actor"}


def test_several_labels_come_back_at_once(client: Client, problem: Problem) -> None:
    ids = [client.post("/predict", json={"text": "so good"}).json()["id"] for _ in range(2)]
    said = [{"id": ids[0], "label": "bad"}, {"id": "none", "label": "bad"}, {"id": ids[1], "label": "ok"}]
    kept = client.post("/feedback", json=said)
    assert kept.status_code == 201
    first, never, no_class = kept.json()
    assert (first["prediction_id"], first["agreed"], first["repeated"]) == (ids[0], False, False)
    assert (never["problem"]["status"], no_class["problem"]["status"]) == (404, 422)
    assert client.post("/feedback", json=said[:1]).json()[0]["repeated"]
    told = problem(client.post("/feedback", json=[said[0], {"id": 3, "label": "bad"}]), 422)
    assert [each["where"] for each in told["errors"]] == ["body.1.id"]
    problem(client.post("/feedback", json=[]), 422)
    problem(client.post("/feedback", json=[{"id": "a", "label": "b"}] * 1_001), 422)


def test_the_head_of_what_get_would_give(client: Client, problem: Problem) -> None:
    for path in ("/info", "/v1/films/versions", "/v1/films/health", "/openapi.json"):
        whole, head = client.get(path), client.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == whole.headers["content-length"]
        assert head.headers["content-type"] == whole.headers["content-type"]
    assert client.head("/nowhere").status_code == 404
    assert client.head("/predict").status_code == 405
    assert client.get("/health/live").json() == {"live": True}, "the connection goes on"


def test_a_classifier_is_looked_after(client: Client, films: Any) -> None:
    client.post("/predict", json={"text": "so good"})
    before = films.tended
    for _ in range(200):
        if films.tended > before + 2:
            break
        client.get("/health/live")
        time.sleep(0.01)
    assert films.log.count() == 1


def test_a_mistake_of_ours_is_a_problem_too(client: Client, films: Any, problem: Problem) -> None:
    films.info = lambda: 1 / 0
    assert problem(client.get("/info"), 500)["found"] == "an error of the server"
    films._answering.predict = lambda rows: 1 / 0
    assert problem(client.post("/predict", json={"text": "a"}), 500)["found"] == "an error of the server"


def metrics(client: Client) -> dict[str, float]:
    lines = [line.rsplit(" ", 1) for line in client.get("/metrics").text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}


def test_metrics_say_what_was_done(client: Client) -> None:
    for row in ({"text": "good"}, {"text": "good", "plan": "none such", "age": 1}, {"age": "x"}):
        client.post("/v1/films/predict", json=row)
    client.post("/predict/batch", json=[{"text": "good"}] * 5)
    client.get("/v1/films/versions/1/scorecard")
    client.get("/invented/by/a/stranger")
    found = metrics(client)
    assert found['ratchet_answered_total{classifier="films"}'] == found['ratchet_logged_total{classifier="films"}'] == 7
    assert found['ratchet_requests_total{classifier="films",route="predict",status="200"}'] == 2
    assert found['ratchet_requests_total{classifier="films",route="predict",status="422"}'] == 1
    assert found['ratchet_requests_total{classifier="films",route="predict/batch",status="200"}'] == 1
    assert found['ratchet_requests_total{classifier="films",route="versions/{version}/scorecard",status="404"}'] == 1
    assert found['ratchet_requests_total{classifier="",route="other",status="404"}'] == 1
    assert found['ratchet_request_seconds_bucket{classifier="films",le="+Inf",route="predict"}'] == 3
    assert found['ratchet_request_seconds_count{classifier="films",route="predict"}'] == 3
    assert found['ratchet_missing_values_total{classifier="films",column="plan"}'] == 6
    assert found['ratchet_unknown_categories_total{classifier="films",column="plan"}'] == 1
    assert found['ratchet_champion_info{classifier="films",version="1"}'] == 1
    assert found['ratchet_ready{classifier="films"}'] == found['ratchet_swaps_total{classifier="films"}'] == 1
    assert found['ratchet_load_failures_total{classifier="films"}'] == found["ratchet_bad_specs"] == 0


def test_the_documentation_knows_the_classifier(client: Client) -> None:
    document = client.get("/openapi.json").json()
    row = document["components"]["schemas"]["films.Row"]
    assert row["properties"].keys() == {"text", "plan", "age"}
    assert document["components"]["schemas"]["films.Prediction"]["properties"]["label"]["enum"] == ["good", "bad"]
    assert client.post("/predict", json=row["example"]).status_code == 200
    paths = document["paths"]
    assert "post" in paths["/v1/films/predict"]
    assert "post" in paths["/v1/films/predict/batch"]
    assert "post" in paths["/predict"]
    assert client.get("/docs").status_code == 200


def test_the_documentation_is_made_once_for_each_version(
    client: Client, films: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str | None] = []
    schemas = films.schemas

    def counted() -> Any:
        made.append(films.current)
        return schemas()

    monkeypatch.setattr(films, "schemas", counted)
    first = client.get("/openapi.json")
    assert first.headers["content-type"] == "application/json"
    assert [client.get("/openapi.json").content for _ in range(3)] == [first.content] * 3
    assert made == ["1"]
    films.current = "2"
    films.tend()
    assert client.get("/openapi.json").content == first.content
    assert made == ["1", "2"]


def test_a_label_says_how_it_came(client: Client, problem: Problem) -> None:
    given = client.post("/predict", json={"text": "so good"}).json()
    body = {"id": given["id"], "label": "bad"}
    assert client.post("/feedback", json=body).json()["source"] == "user"
    assert client.post("/feedback", json={**body, "source": "expert"}).json()["source"] == "expert"
    told = problem(client.post("/feedback", json={**body, "source": "hearsay"}), 422)
    assert "'expert'" in told["errors"][0]["expected"]


def test_metrics_say_how_long_the_database_takes(client: Client, films: Any) -> None:
    client.post("/predict", json={"text": "good"})
    films.tend()
    found = metrics(client)
    assert found['ratchet_ship_seconds_count{classifier="films"}'] >= 1
    assert films.inserting().seconds >= found['ratchet_ship_seconds_sum{classifier="films"}'] > 0


def test_a_broken_champion_leaves_the_old_one_answering(client: Client, films: Any) -> None:
    films.current = "broken"
    for _ in range(3):
        films.tend()
        assert client.post("/predict", json={"text": "a"}).json()["version"] == "1"
    assert "cannot be loaded" in client.get("/health").json()["problems"][0]


def test_runs_say_where_they_are_while_they_go_on(client: Client, films: Any, problem: Problem) -> None:
    assert client.get("/runs").json() == []
    lease = films._records.runs.begin("x", actor="ann")
    log = log_of(films._shop, lease.id)
    with lease:
        lease.stage("train")
        for done in (1, 2):
            step = Progress(stage="search", done=done, total=9, best=0.8, seconds_left=12.0, trial={"number": done})
            lease.report(step)
            log.hear(step)
            until = time.monotonic() + 30
            while (found := client.get(f"/v1/films/runs/{lease.id}").json())["done"] != done:
                assert time.monotonic() < until
                time.sleep(0.1)
        assert (found["state"], found["stage"], found["total"], found["best"]) == ("running", "search", 9, 0.8)
        assert found["seconds_left"] == 12.0
        lines = client.get(f"/runs/{lease.id}/log").json()
        assert [line["trial"]["number"] for line in lines] == [1, 2]
        lease.finish({"version": "1", "outcome": "hold"})
    (listed,) = client.get("/runs").json()
    assert (listed["state"], listed["version"], listed["outcome"], listed["seconds_left"]) == (
        "finished",
        "1",
        "hold",
        None,
    )
    problem(client.get("/runs/none"), 404)
    problem(client.get("/runs/0"), 404)


def test_a_run_whose_process_is_gone_is_said_to_have_died(
    client: Client, films: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    films._records.runs.begin("x", actor="ann")
    assert client.get("/runs").json()[0]["state"] == "running"
    monkeypatch.setattr("ratchet.retrain.verbs.is_gone", lambda owner: True)
    assert client.get("/runs").json()[0]["state"] == "died"
