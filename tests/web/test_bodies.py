"""Bodies within limits: how deep, how many values, and where large ones are read."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from httpx import Client

from ratchet.errors import UnavailableError
from ratchet.web.bodies import MOST_VALUES, SMALL, Counted, Held, decode
from ratchet.web.problems import BodyError, TooLargeError

Problem = Callable[[Any, int], dict[str, Any]]
JSON = {"content-type": "application/json"}


def nested(levels: int) -> bytes:
    return b'{"text":"a","z":' + b"[" * levels + b"]" * levels + b"}"


@pytest.mark.parametrize("path", ["/predict", "/v1/films/predict", "/predict/batch", "/v1/films/predict/batch"])
@pytest.mark.parametrize("levels", [100, 980, 20_000])
def test_what_is_nested_deeply_is_refused(client: Client, films: Any, problem: Problem, path: str, levels: int) -> None:
    body = nested(levels) if path.endswith("predict") else b"[" + nested(levels) + b"]"
    assert "more than 100 levels" in problem(client.post(path, content=body, headers=JSON), 400)["found"]
    assert films.counts().answered == 0
    films.tend()
    assert client.get("/health").json()["problems"] == []


def test_feedback_that_is_nested_deeply_is_refused(client: Client, problem: Problem) -> None:
    for levels in (100, 980, 20_000):
        body = b'{"id": "a", "label": ' + b"[" * levels + b"]" * levels + b"}"
        told = problem(client.post("/feedback", content=body, headers=JSON), 400)
        assert "more than 100 levels" in told["found"]


def test_a_deep_line_is_a_bad_row_among_good_ones(client: Client, films: Any) -> None:
    for levels in (5_000, 20_000):
        good, bad = (b'{"text": "%b", "plan": "gold", "age": 1}\n' % text for text in (b"good", b"bad"))
        lines = good + nested(levels) + b"\n" + bad
        response = client.post("/predict/batch", content=lines, headers={"content-type": "application/x-ndjson"})
        assert response.status_code == 200
        answers = [msgspec.json.decode(line) for line in response.content.splitlines()]
        assert [each.get("label") for each in answers] == ["good", None, "bad"]
        assert "deep" in answers[1]["errors"][0]["reason"]


def test_what_a_large_body_holds_is_counted_before_it_is_read() -> None:
    assert len(decode(msgspec.json.encode({f"c{at}": at for at in range(20_000)}))) == 20_000
    with pytest.raises(BodyError, match="more than 100,000"):
        decode(b'{"z": [' + b"[]," * MOST_VALUES + b"[]]}")
    assert len(decode(b"[" + b"{}," * 40_000 + b"{}]", most_values=200_000)) == 40_001


def test_a_large_row_is_read_and_answered_beside_the_event_loop(films: Any, served: Any) -> None:
    threads = set[str]()
    answer = films.answer

    def watched(asked: Any) -> Any:
        threads.add(threading.current_thread().name)
        return answer(asked)

    films.answer = watched
    with served(films) as client:
        response = client.post("/predict", json={"text": "good " * SMALL})
        assert response.json()["label"] == "good"
        assert films.log.get(response.json()["id"]) is not None
        assert threads == {"ratchet-web"}
        assert client.post("/predict", content=b"[" + b" " * SMALL + b"]", headers=JSON).status_code == 400


def test_what_was_taken_is_given_back_whatever_happened() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b" " * 40_000, "more_body": True}

    async def main() -> None:
        held = Held(150_000)
        first, second = Counted(receive, 1 << 20, held), Counted(receive, 100_000, held)
        for _ in range(3):
            await first()
        assert held.bytes == 120_000
        with pytest.raises(UnavailableError):
            await first()
        assert held.bytes == 120_000
        await second()
        assert held.bytes == 120_000  # small so far
        with pytest.raises(UnavailableError):
            await second()
        first.let_go()
        with pytest.raises(TooLargeError, match="97 KB"):
            await second()
        second.let_go()
        assert held.bytes == 0

    asyncio.run(main())
