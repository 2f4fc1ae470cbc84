"""``POST predict``: what the answer to one row says, and the shapes that a request may have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import httpx
import pytest

from ratchet.classifier import Request
from ratchet.data.schema import Schema
from ratchet.kinds.kind import Kind
from ratchet.registry.bundle import Bundle
from ratchet.resources import Pool
from ratchet.settings import Settings
from tests.web.conftest import KINDS, Films

Problem = Callable[[Any, int], dict[str, Any]]
Served = Callable[..., AbstractContextManager[httpx.Client]]

ROW = {"text": "so good", "plan": "gold", "age": 4}
FIELDS = {name: str(value) for name, value in ROW.items()}
WAV = b"RIFF\x24\0\0\0WAVEfmt \r\n--x\r\n\xff\0"
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"


@pytest.fixture(scope="module")
def films(opened: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Films]:
    """One that has a column of recordings too, and two of pictures."""
    pool = Pool()
    root = tmp_path_factory.mktemp("workspace")
    kinds = {**KINDS, "voice": Kind.AUDIO, "front": Kind.IMAGE, "back": Kind.IMAGE}
    schema = Schema(columns=kinds, label="verdict", classes=("good", "bad"))
    heard = replace(opened, spec=opened.spec.model_copy(update={"columns": kinds}), schema=schema)
    with Films(heard, pool.resources(Settings(root=root, engine="inline", tracking_uri="off"))) as films:
        yield films
    pool.close()


@pytest.fixture
def recorded(films: Films, monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """What reaches the log from now on."""
    found: list[Request] = []
    record = films._answering._record

    def both(asked: Any, answers: Any) -> None:
        found.extend(asked)
        record(asked, answers)

    monkeypatch.setattr(films._answering, "_record", both)
    return found


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


@pytest.mark.parametrize("path", ["/predict", "/v1/films/predict"])
def test_a_form_is_answered_as_the_same_row_in_json(client: httpx.Client, recorded: list[Request], path: str) -> None:
    headers = {"ratchet-subject": "ann"}
    form = client.post(path, data=FIELDS, headers=headers).json()
    parts = client.post(path, files={name: (None, text) for name, text in FIELDS.items()}, headers=headers).json()
    assert form["scores"] == parts["scores"] == client.post(path, json=ROW).json()["scores"]
    assert [(each.row, each.subject) for each in recorded] == [(ROW, "ann"), (ROW, "ann"), (ROW, None)]


def test_a_form_has_files_of_recordings_and_pictures(client: httpx.Client, recorded: list[Request]) -> None:
    files: Any = {"voice": ("a.wav", WAV, "audio/wav"), "front": ("none.png", b"", "image/png"), "back": (None, "")}
    answer = client.post("/predict", data={"text": "so good"}, files=files)
    assert answer.status_code == 200, answer.text
    assert recorded[0].row == {"text": "so good", "voice": WAV, "back": None}
    assert "notes" not in answer.json()


def test_a_recording_is_a_row_by_itself(client: httpx.Client, recorded: list[Request]) -> None:
    large = WAV + bytes(100_000)
    for sound in (WAV, large):
        assert client.post("/predict", content=sound, headers={"content-type": "audio/wav"}).status_code == 200
    assert [each.row for each in recorded] == [{"voice": WAV}, {"voice": large}]


@pytest.mark.parametrize("kind", ["image/png", "video/mp4", "text/plain", "audio", ""])
def test_what_it_takes_is_told(client: httpx.Client, problem: Problem, kind: str) -> None:
    told = problem(client.post("/predict", content=WAV, headers={"content-type": kind}), 415)
    assert told["todo"] == (
        "send it as one of application/json, application/x-www-form-urlencoded, audio/*, multipart/form-data"
    )


def test_a_form_of_another_origin_is_refused(client: httpx.Client, problem: Problem) -> None:
    problem(client.post("/predict", data=FIELDS, headers={"origin": "https://evil.example"}), 403)


@pytest.mark.parametrize(
    ("kind", "body", "status", "found"),
    [
        (FORM, b"age=four&text=good", 422, "1 mistake"),
        (FORM, b"text=a&text=b", 400, "'text' twice"),
        (FORM, b"text=%ff", 400, "cannot be read"),
        (FORM, b"text=" + b"a" * (1 << 20), 413, "more than 1 MB"),
        (FORM, b"", 422, "1 mistake"),
        ("multipart/form-data", b"", 400, "without a boundary"),
        (MULTIPART, b"", 400, "boundary"),
        (MULTIPART, b'--x\r\ncontent-disposition: form-data; name="text"\r\n\r\ngood', 400, "boundary"),
        (MULTIPART, b"--x\r\ncontent-type: text/plain\r\n\r\ngood\r\n--x--", 400, "without a name"),
        (MULTIPART, b'--x\r\ncontent-disposition: form-data; name="text"\r\n\r\n\xff\r\n--x--', 400, "not UTF-8"),
        (MULTIPART, b'--x\r\ncontent-disposition: form-data; name="text"; filename="a"\r\n\r\na\r\n--x--', 422, "1"),
        (MULTIPART, b"--x\r\n" * 20_002 + b"--x--", 400, "20,000 parts"),
        ("audio/wav", b"", 400, "an empty body"),
    ],
)
def test_what_is_no_form(
    client: httpx.Client, problem: Problem, recorded: list[Request], kind: str, body: bytes, status: int, found: str
) -> None:
    told = problem(client.post("/predict", content=body, headers={"content-type": kind}), status)
    assert found in told["found"]
    assert not recorded


def _keyed(client: httpx.Client, key: str, row: dict[str, Any], **more: Any) -> httpx.Response:
    return client.post("/predict", json=row, headers={"idempotency-key": key}, **more)


def test_a_request_that_is_sent_again_has_the_answer_it_had(client: httpx.Client, recorded: list[Request]) -> None:
    first = _keyed(client, "order 1", ROW)
    again = client.post("/v1/films/predict", content=b'{"age": 4, "plan": "gold", "text": "so good"}', headers={
        "idempotency-key": "order 1", "content-type": "application/json"})  # fmt: skip
    assert first.status_code == again.status_code == 200
    assert again.json() == first.json()
    assert len(recorded) == 1
    assert client.post("/predict", json=ROW).json()["id"] != _keyed(client, "order 2", ROW).json()["id"]


def test_a_key_is_of_one_row(client: httpx.Client, problem: Problem, recorded: list[Request]) -> None:
    assert _keyed(client, "order 3", ROW).status_code == 200
    assert "another row" in problem(_keyed(client, "order 3", {**ROW, "age": 5}), 422)["found"]
    assert len(recorded) == 1


def test_a_row_that_was_refused_leaves_its_key_free(client: httpx.Client, problem: Problem) -> None:
    problem(_keyed(client, "order 4", {"age": "four"}), 422)
    assert _keyed(client, "order 4", ROW).status_code == 200


@pytest.mark.parametrize("key", ["", "x" * 65, "\u00e9"])
def test_a_key_that_cannot_be_taken(client: httpx.Client, problem: Problem, key: str) -> None:
    headers = [("idempotency-key", key.encode("latin-1"))]
    told = problem(client.post("/predict", json=ROW, headers=headers), 400)  # type: ignore[arg-type]
    assert told["errors"][0]["where"] == "Idempotency-Key"
