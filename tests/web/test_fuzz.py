"""Whatever is asked, and however: an answer, or a problem document; never a mistake of ours."""

from __future__ import annotations

from typing import Any

import msgspec
from httpx import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

PATHS = (
    "predict", "predict/batch", "feedback", "info", "versions", "versions/1/scorecard", "ledger", "health",
    "health/live", "health/ready", "metrics", "v1", "docs", "openapi.json", "", "%00", "..%2f", "v1/%ff/info",
)  # fmt: skip
KINDS = ("application/json", "application/x-ndjson", "text/csv", "application/vnd.apache.parquet", "text/plain", "")
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")

scalars = some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=20)
values = some.recursive(scalars, lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner))
names = some.sampled_from(("text", "plan", "age", "id", "label", "source", "_id", "")) | some.text(max_size=5)
rows = some.dictionaries(names, values, max_size=4)
json_bodies = (rows | values | some.lists(rows, max_size=3)).map(msgspec.json.encode)
lines = some.lists(rows, max_size=3).map(lambda found: b"\n".join(map(msgspec.json.encode, found)))
tables = some.lists(some.text(alphabet='ab,"\n;\0é'), max_size=4).map(
    lambda found: ",".join(["text,plan,age\n", *found]).encode()
)
bodies = json_bodies | lines | tables | some.binary(max_size=200) | some.just(b"PAR1 and more PAR1")
texts = some.text(some.characters(min_codepoint=32, max_codepoint=255, exclude_categories=["Cc"]), max_size=20)
headers = some.fixed_dictionaries(
    {"content-type": some.sampled_from(KINDS)},
    optional={
        "accept": some.sampled_from(("*/*", "text/csv", "application/json", "image/png")) | texts,
        "ratchet-subject": texts,
        "ratchet-tags": texts | some.just("a=b, c=d"),
        "host": some.sampled_from(("localhost", "evil")) | texts,
        "origin": some.sampled_from(("null", "http://localhost")) | texts,
    },
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    some.sampled_from(METHODS + ("POST",) * 7),
    some.sampled_from(("/", "/v1/films/", "/v1/none/")),
    some.sampled_from(PATHS + PATHS[:3] * 5),
    headers,
    bodies,
)
def test_no_request_is_a_mistake_of_ours(
    client: Client, method: str, prefix: str, path: str, headers: dict[str, Any], body: bytes
) -> None:
    sent = {name: value.strip().encode("latin-1") for name, value in headers.items()}
    response = client.request(method, prefix + path, headers=sent, content=body)
    assert response.status_code < 500 or response.status_code == 503, response.text
    if response.status_code >= 400 and method != "HEAD":
        assert response.headers["content-type"] == "application/problem+json" or "/health" in f"{prefix}{path}"
        assert response.json()["status"] == response.status_code
