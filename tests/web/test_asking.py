"""Who asks and about whom, from the headers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from httpx import Client

from ratchet.classifier import Request
from ratchet.errors import RequestError
from ratchet.web.asking import SUBJECT, TAGS, context_of

Problem = Callable[[Any, int], dict[str, Any]]


def test_headers_say_who_and_what_for() -> None:
    assert context_of([(b"accept", b"*/*")]).subject is None
    said = context_of([(SUBJECT, "zoë".encode()), (TAGS, b"shop=north, trial=b=2"), (b"x", b"y"), (TAGS, b"run=7")])
    assert (said.caller, said.subject) == ("local", "zoë")
    assert said.tags == {"shop": "north", "trial": "b=2", "run": "7"}


@pytest.mark.parametrize(
    "headers",
    [
        [(SUBJECT, b"ann"), (SUBJECT, b"bob")],
        [(SUBJECT, b"\xff")],
        [(SUBJECT, b"")],
        [(TAGS, b"north")],
        [(TAGS, b"a=1, a=2")],
        [(TAGS, b"a=1"), (TAGS, b"a=2")],
        [(TAGS, b"=1")],
        [(TAGS, b"a=")],
    ],
)
def test_headers_that_cannot_be_taken(headers: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(RequestError) as raised:
        context_of(headers)
    assert len(raised.value.problems) == 1


@pytest.mark.parametrize("path", ["/predict", "/predict/batch", "/v1/films/predict"])
def test_what_is_said_reaches_the_record(client: Client, films: Any, path: str) -> None:
    recorded: list[Request] = []
    films._answering._record = lambda asked, answers: recorded.extend(asked)
    row = {"text": "so good"}
    headers = {"Ratchet-Subject": "ann", "Ratchet-Tags": "shop=north"}
    assert client.post(path, json=[row] if "batch" in path else row, headers=headers).status_code == 200
    assert [(each.classifier, each.row, each.caller, each.subject, each.tags) for each in recorded] == [
        ("films", row, "local", "ann", {"shop": "north"})
    ]


@pytest.mark.parametrize("path", ["/predict", "/predict/batch"])
def test_a_wrong_header_is_a_clear_400(client: Client, films: Any, problem: Problem, path: str) -> None:
    response = client.post(path, json={"text": "so good"}, headers={"Ratchet-Tags": "north"})
    told = problem(response, 400)
    assert told["errors"] == [
        {"where": "Ratchet-Tags", "found": "'north'", "expected": "key=value, each key once, parted by commas"}
    ]
    assert films.counts().answered == 0


def test_votes_are_a_wish() -> None:
    assert context_of([], b"votes=true").wishes == {"votes"}
    assert context_of([(SUBJECT, b"ann")], b"a=b&votes=true").wishes == {"votes"}
    assert context_of([], b"votes=false") == context_of([], b"other=1") == context_of([])
    with pytest.raises(RequestError, match="true or false"):
        context_of([], b"votes=perhaps")


@pytest.mark.parametrize("path", ["/predict", "/predict/batch"])
def test_the_wish_reaches_the_answer(client: Client, films: Any, path: str) -> None:
    recorded: list[Request] = []
    films._answering._record = lambda asked, answers: recorded.extend(asked)
    row = {"text": "so good"}
    asked = [row] if "batch" in path else row
    assert client.post(f"{path}?votes=true", json=asked).status_code == 200
    assert client.post(path, json=asked).status_code == 200
    assert [each.wishes for each in recorded] == [{"votes"}, frozenset()]
    assert client.post(f"{path}?votes=x", json=asked).status_code == 400
