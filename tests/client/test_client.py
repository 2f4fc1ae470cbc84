"""The typed client against a real server: one row, many, frames, labels; errors with types; tries again."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pandas as pd
import polars as pl
import pytest

from ratchet.client import (
    AddressError,
    Answer,
    AsyncClient,
    Client,
    InvalidError,
    Kept,
    MissingError,
    NotAllowedError,
    NotKept,
    Retry,
    ServerError,
    TooManyError,
    UnreachableError,
)
from ratchet.client import frames as written
from ratchet.client import retry as waits

ROWS: list[dict[str, Any]] = [
    {"text": "so good", "age": 3},
    {"text": "so bad", "plan": "gold"},
    {"text": "good", "age": None},
]
HASTY = Retry(attempts=3, first=0.001)


@pytest.fixture
def client(films: Any, served: Any) -> Iterator[Client]:
    with served(films, tend_seconds=0.05) as http, Client(str(http.base_url)) as client:
        yield client


def test_a_row_a_list_and_labels(client: Client, films: Any) -> None:
    answer = client.predict(ROWS[0], subject="ann", tags={"shop": "north"})
    assert isinstance(answer, Answer)
    assert (answer.label, answer.name, answer.version) == ("good", "Good one", "1")
    assert answer.confidence == answer.scores[0].score
    record = films.log.get(answer.id)
    assert (record.subject is None, record.tags) == (False, {"shop": "north"})
    several = client.predict(ROWS)
    assert [each.label for each in several] == ["good", "bad", "good"]
    kept = client.feedback(answer.id, "bad")
    assert (kept.agreed, kept.repeated) == (False, False)
    again, unknown = client.feedback_all({answer.id: "bad", "none": "bad"})
    assert isinstance(again, Kept)
    assert again.repeated
    assert isinstance(unknown, NotKept)
    assert unknown.problem["status"] == 404


def test_many_go_in_several_requests(client: Client, films: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ratchet.client.calls.MOST_ROWS", 4)
    monkeypatch.setattr("ratchet.client.calls.MOST_LABELS", 4)
    answers = client.predict([{"text": "good", "age": n} for n in range(10)])
    assert len({each.id for each in answers}) == 10
    assert films.log.get(answers[9].id).row["age"] == 9
    assert len(client.feedback_all({each.id: "good" for each in answers})) == 10


def test_frames_come_back_as_what_they_were(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "MOST_ROWS", 2)
    texts = {"text": ["so good", "so bad", "good"], "plan": [None, "gold", None]}
    polars = client.predict(pl.DataFrame({**texts, "age": ["1", "x", "3"]}))
    assert isinstance(polars, pl.DataFrame)
    assert polars["label"].to_list() == ["good", None, "good"]
    assert "age" in polars["error"][1]
    assert polars.columns == list(written.COLUMNS)
    pandas = client.predict(pd.DataFrame({**texts, "age": [1.5, None, 3.0]}, index=[7, 8, 9]))
    assert isinstance(pandas, pd.DataFrame)
    assert pandas["label"].to_dict() == {7: "good", 8: "bad", 9: "good"}


def test_what_there_is_to_know(client: Client, films: Any) -> None:
    info = client.info()
    assert [(each.label, each.name) for each in info.classes] == [("good", "Good one"), ("bad", "bad")]
    assert client.versions() == []
    assert client.health().ready
    films._live = type(films._live)(lambda: None, films._open)
    assert not client.health().ready, "503 says that it is not ready, and is no failure of the call"


def test_a_problem_is_a_typed_error(client: Client) -> None:
    with pytest.raises(InvalidError, match="row 1: age: found 'x', expected") as told:
        client.predict({"text": "good", "age": "x"})
    assert (told.value.status, told.value.code, told.value.errors[0].where) == (422, "row", "row 1: age")
    with pytest.raises(MissingError, match="404"):
        client.feedback("none", "good")


def test_a_server_with_keys_and_several_classifiers(films: Any, served: Any) -> None:
    keys = films.access.keys
    secret = keys.add("ann").secret
    with served(films, access=films.access) as http:
        address = str(http.base_url)
        with Client(address) as nobody, pytest.raises(NotAllowedError):
            nobody.info()
        with Client(address, key=secret, classifier="films") as client:
            assert client.predict(ROWS[0]).label == "good"
        with Client(address, key=secret, classifier="a/b") as client, pytest.raises((MissingError, NotAllowedError)):
            client.info()


def test_all_of_it_awaited(films: Any, served: Any) -> None:
    async def ask(address: str) -> None:
        async with AsyncClient(address) as client:
            answers = await asyncio.gather(*(client.predict(ROWS[0]) for _ in range(20)))
            assert len({each.id for each in answers}) == 20
            assert [each.label for each in await client.predict(ROWS)] == ["good", "bad", "good"]
            frame = await client.predict(pl.DataFrame({"text": ["good", "bad"], "plan": "gold", "age": 1}))
            assert frame["label"].to_list() == ["good", "bad"]
            assert (await client.feedback(answers[0].id, "good")).agreed
            assert len(await client.feedback_all({each.id: "bad" for each in answers})) == 20
            assert (await client.health()).ready
            assert ((await client.info()).name, await client.versions()) == ("films", [])
            with pytest.raises(InvalidError):
                await client.predict({"text": 3})

    with served(films) as http:
        asyncio.run(ask(str(http.base_url)))


@contextmanager
def _scripted(*answers: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A real socket that answers each connection with the next of some bytes; empty ones hang up."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def run() -> None:
            for each in answers:
                connection, _ = listening.accept()
                with connection:
                    heard.append(connection.recv(65_536))
                    connection.sendall(each)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", heard
        thread.join(10)


def _said(code: int, body: bytes, more: str = "") -> bytes:
    return f"HTTP/1.1 {code} X\r\ncontent-length: {len(body)}\r\nconnection: close\r\n{more}\r\n".encode() + body


BUSY = b'{"type":"urn:ratchet:unavailable","status":503,"detail":"busy"}'
OFTEN = b'{"type":"urn:ratchet:too-often","status":429,"detail":"too often"}'
GOOD = b'{"id":"1","label":"good","name":"good","confidence":0.9,"version":"1","later":[1]}'
HEALTHY = b'{"live":true,"ready":true}'


def test_busy_servers_are_asked_again_when_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("ratchet.client.synchronous.time.sleep", slept.append)
    answers = (_said(429, OFTEN, "retry-after: 2\r\n"), _said(503, BUSY), _said(200, GOOD))
    with _scripted(*answers) as (address, heard), Client(address, retry=HASTY) as client:
        assert client.predict(ROWS[0]).id == "1"
    assert len(heard) == 3
    assert slept[0] == 2.0
    assert 0 < slept[1] < 0.01


def test_who_is_told_to_wait_too_long_gives_up_at_once() -> None:
    with (
        _scripted(_said(429, OFTEN, "retry-after: 3600\r\n")) as (address, heard),
        Client(address, retry=HASTY) as client,
        pytest.raises(TooManyError) as told,
    ):
        client.predict(ROWS[0])
    assert (told.value.retry_after, len(heard)) == (3600.0, 1)


def test_a_connection_that_breaks_is_tried_again_only_where_that_changes_nothing_twice() -> None:
    with _scripted(b"", _said(200, HEALTHY)) as (address, heard), Client(address, retry=HASTY) as client:
        assert client.health().ready
        assert len(heard) == 2
    with _scripted(b"") as (address, heard), Client(address, retry=HASTY) as client:
        with pytest.raises(UnreachableError, match="asked once"):
            client.predict(ROWS[0])
        assert len(heard) == 1


def test_nobody_who_listens_and_no_ratchet_are_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    nobody = Client(f"http://127.0.0.1:{port}", retry=HASTY)
    with nobody, pytest.raises(UnreachableError, match="asked 3 times"):
        nobody.predict(ROWS[0])  # it never reached anybody, so it may be asked again
    for answer in (_said(200, b"<html>"), _said(404, b"<html>"), _said(200, b'{"live": 3}')):
        with _scripted(answer) as (address, _), Client(address) as client, pytest.raises(AddressError):
            client.health()


def test_a_mistake_of_the_server_is_not_asked_again() -> None:
    body = b'{"type":"urn:ratchet:internal","status":500,"detail":"oh"}'
    with _scripted(_said(500, body)) as (address, heard), Client(address) as client, pytest.raises(ServerError):
        client.info()
    assert len(heard) == 1


@pytest.mark.parametrize("attempt", range(1, 8))
def test_waits_grow_and_are_bounded(attempt: int) -> None:
    policy = Retry(attempts=8, first=0.5, most=4.0)
    wait = policy.wait(attempt, None)
    assert wait is not None
    assert min(4.0, 0.5 * 2 ** (attempt - 1)) / 2 <= wait <= 4.0
    assert policy.wait(8, None) is None
    assert waits.may_repeat(httpx.ReadTimeout(""), idempotent=True)


def test_it_imports_nothing_of_the_rest() -> None:
    script = "import sys, ratchet.client; print(*[n for n in sys.modules if n.startswith('ratchet.')])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert all(name.startswith("ratchet.client") for name in done.stdout.split()), done.stdout
