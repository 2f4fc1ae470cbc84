"""``POST predict``: what the answer to one row says, and the shapes that a request may have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest

from ratchet.registry.bundle import Bundle
from ratchet.resources import Pool
from ratchet.settings import Settings
from tests.web.conftest import Films

Problem = Callable[[Any, int], dict[str, Any]]
Served = Callable[..., AbstractContextManager[httpx.Client]]

ROW = {"text": "so good", "plan": "gold", "age": 4}


@pytest.fixture(scope="module")
def films(opened: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Films]:
    pool = Pool()
    root = tmp_path_factory.mktemp("workspace")
    with Films(opened, pool.resources(Settings(root=root, engine="inline", tracking_uri="off"))) as films:
        yield films
    pool.close()


@pytest.fixture(scope="module")
def client(films: Films, served: Served) -> Iterator[httpx.Client]:
    with served(films) as client:
        yield client


def test_a_key_that_is_no_column_is_named_beside_the_answer(client: httpx.Client) -> None:
    told = client.post("/predict", json={"text": "so good", "plan": "gold", "agge": 4}).json()
    assert told["label"] == "good"
    assert told["notes"] == ["'agge' is no column and was not read; did you mean 'age'?"]
    assert "notes" not in client.post("/predict", json=ROW).json()


def test_the_label_of_a_row_is_no_stranger(client: httpx.Client) -> None:
    assert "notes" not in client.post("/predict", json={**ROW, "verdict": "good"}).json()


def test_notes_belong_to_their_own_row_of_an_array(client: httpx.Client) -> None:
    first, second = client.post("/predict/batch", json=[ROW, {**ROW, "zzz": 1}]).json()
    assert "notes" not in first
    assert second["notes"] == ["'zzz' is no column and was not read"]


def test_many_strange_keys_are_counted(client: httpx.Client) -> None:
    notes = client.post("/predict", json={**ROW, **{f"key {at} {'x' * 200}": at for at in range(30)}}).json()["notes"]
    assert len(notes) == 11
    assert notes[-1] == "20 more keys are no columns"
    assert max(map(len, notes)) < 120


@pytest.mark.parametrize("path", ["/predict/", "/v1/films/predict/"])
def test_an_address_may_end_in_a_slash(client: httpx.Client, path: str) -> None:
    answer = client.post(path, json=ROW)
    assert (answer.status_code, answer.json()["label"]) == (200, "good")
    assert not answer.history


@pytest.mark.parametrize("path", ["/info/", "/v1/films/info/", "/v1/", "/health/ready/", "/metrics/", "/docs/"])
def test_so_may_every_other(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == client.get(path.rstrip("/")).status_code == 200


@pytest.mark.parametrize("path", ["/predict//", "//predict", "//"])
def test_more_slashes_are_no_address(client: httpx.Client, problem: Problem, path: str) -> None:
    assert client.post(str(client.base_url).rstrip("/") + path, json=ROW).status_code == 404


def test_probabilities_of_every_class_on_request(client: httpx.Client) -> None:
    scores = client.post("/predict?probabilities=true", json=ROW).json()["scores"]
    assert [(each["label"], each["name"]) for each in scores] == [("good", "Good one"), ("bad", "bad")]
    assert sum(each["score"] for each in scores) == pytest.approx(1.0)


@pytest.mark.parametrize("path", ["/predict", "/predict/batch"])
def test_as_many_classes_as_are_asked_for(client: httpx.Client, path: str) -> None:
    row = [ROW] if "batch" in path else ROW
    for top, count in ((1, 1), (2, 2), (7, 2)):
        found = client.post(f"{path}?top={top}", json=row).json()
        scores = (found[0] if "batch" in path else found)["scores"]
        assert [each["label"] for each in scores] == ["good", "bad"][:count]


def test_as_many_in_a_file(client: httpx.Client) -> None:
    lines = client.post("/predict/batch?top=1", content="text,plan,age\ngood,gold,1\n", headers={
        "content-type": "text/csv", "accept": "application/json"}).json()  # fmt: skip
    assert len(lines[0]["scores"]) == 1


@pytest.mark.parametrize(
    "query",
    ["top=0", "top=-1", "top=x", "top=1&top=2", "top=100001", "top=", "probabilities=1", "top=1&probabilities=true"],
)
def test_what_cannot_be_asked_for(client: httpx.Client, problem: Problem, query: str) -> None:
    told = problem(client.post(f"/predict?{query}", json=ROW), 400)
    assert told["errors"][0]["where"] in {"top", "probabilities"}
