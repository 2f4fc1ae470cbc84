"""One JSON line a request: what was asked and how it went, and nothing that was sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ratchet.errors import SettingsError
from ratchet.system import System
from ratchet.web import access_log
from ratchet.web.access_log import AccessLog
from ratchet.web.app import App, create
from ratchet.web.server import serve

KEYS = ["time", "method", "route", "code", "ms", "caller", "client", "classifier"]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is written, in the place of standard error."""
    written: list[str] = []
    monkeypatch.setattr(access_log, "_to_standard_error", written.append)
    return written


def _read(lines: list[str]) -> list[dict[str, Any]]:
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in lines)
    return [json.loads(line) for line in lines]


def test_each_request_is_a_line_without_anything_that_was_sent(films: Any, served: Any, lines: list[str]) -> None:
    with served(films, log=1.0) as client:
        answer = client.post("/predict?votes=false", json={"text": "a secret text"}).json()
        client.get("/versions/s3cret/scorecard")
        client.get("/s3cret%0A/nowhere")
        client.post("/predict", content=b"s3cret", headers={"content-type": "application/json"})
        client.get("/info", headers={"host": "s3cret.example"})
        client.get("/health")
    told = _read(lines)
    assert [(each["method"], each["route"], each["code"], each["classifier"]) for each in told] == [
        ("POST", "predict", 200, "films"),
        ("GET", "versions/{version}/scorecard", 404, "films"),
        ("GET", "other", 404, ""),
        ("POST", "predict", 400, "films"),
        ("GET", "refused", 421, ""),
        ("GET", "health", 200, ""),
    ]
    assert [*told[0]] == [*KEYS, "prediction", "version"]
    assert (told[0]["prediction"], told[0]["version"]) == (answer["id"], "1")
    assert (told[0]["caller"], told[0]["client"]) == ("local", "127.0.0.1")
    assert 0 < told[0]["ms"] < 60_000
    assert not [line for line in lines if "s3cret" in line or "secret" in line or "votes" in line]


def test_a_share_of_the_good_ones_and_every_failure_is_written(films: Any, served: Any, lines: list[str]) -> None:
    with served(films, log=0.25) as client:
        for _ in range(20):
            client.get("/health/live")
            client.get("/nowhere")
    codes = [each["code"] for each in _read(lines)]
    assert (codes.count(200), codes.count(404)) == (5, 20)


def test_there_is_no_layer_unless_it_is_asked_for(films: Any) -> None:
    system = System([films])
    assert not isinstance(_outermost(create(system)), AccessLog)
    assert isinstance(_outermost(create(system, log=0.0)), AccessLog)


def _outermost(app: App) -> object:
    return app._outermost


def test_a_stream_that_nobody_reads_fails_no_request(films: Any, served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed:
        def write(self, _: str) -> None:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stderr", Closed())
    with served(films, log=1.0) as client:
        assert client.get("/health/live").status_code == 200


def test_what_is_no_share_is_refused_before_anything_is_served(films: Any) -> None:
    with pytest.raises(SettingsError, match=r"1\.5 is no share"):
        serve(films, port=0, log_format="json", log_sample=1.5)
