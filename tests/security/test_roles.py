"""Every route and page, asked with every kind of key: who may, may; nobody else learns anything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from starlette.routing import Route

from ratchet.access.roles import Role
from ratchet.system import System
from ratchet.web.app import create
from ratchet.web.permissions import CLASSIFIER, SYSTEM, Permission
from ratchet.web.routes import oidc

_PATHS = {path for _, path in SYSTEM}
ALL = [
    *((method, f"/v1/films/{route}", row) for (method, route), row in CLASSIFIER.items()),
    *((method, f"/{route}", row) for (method, route), row in CLASSIFIER.items() if f"/{route}" not in _PATHS),
    *((method, path, row) for (method, path), row in SYSTEM.items()),
]
CLOSED = [each for each in ALL if each[2].role is not None]
_IDS = [f"{method} {path}" for method, path, _ in CLOSED]


def _address(path: str) -> str:
    return re.sub(r"\{[\w:]+\}", "none", path)


def test_each_route_has_its_row_and_each_row_its_route(films: Any) -> None:
    served = set()
    ours = create(System([films])).framework.routes
    for route in _routes([*ours, *oidc.system.routes]):  # the latter are there where they are set
        path = re.sub(r"^/v1/\{name\}", "", route.path)
        served |= {(method, path) for method in route.methods or () if method != "HEAD"}
    rows = {(method, f"/{route}") for method, route in CLASSIFIER} | set(SYSTEM)
    assert served | {("POST", "/predict")} == rows


def _routes(routes: Iterable[Any]) -> Iterator[Route]:
    """Every route of an application, those of routers that it includes too."""
    for each in routes:
        if isinstance(each, Route):
            yield each
        else:
            yield from _routes(getattr(each, "original_router", each).routes)


@pytest.fixture(scope="module")
def lower() -> dict[Role, list[Role]]:
    return {role: [each for each in Role if not each.includes(role)] for role in Role}


def test_nobody_passes_without_a_key_that_holds(server: Any) -> None:
    for method, path, _ in CLOSED:
        for key in (None, "wrong", "revoked", "expired", "rk_", "x" * 5_000):
            answer = server.ask(method, _address(path), key)
            assert answer.status_code == 401, (method, path, key, answer.text)
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert answer.json()["type"] == "urn:ratchet:unknown-caller"
            assert "films" not in answer.json()["found"]


def test_a_role_that_does_not_reach_is_told_which_does(server: Any, lower: Any) -> None:
    asked = 0
    for method, path, row in CLOSED:
        for role in lower[row.role]:
            answer = server.ask(method, _address(path), role.value)
            assert answer.status_code == 403, (method, path, role, answer.text)
            assert row.role in answer.json()["todo"]
            asked += 1
    assert asked > 20


@pytest.mark.parametrize(("method", "path", "row"), CLOSED, ids=_IDS)
def test_the_role_that_it_takes_passes(method: str, path: str, row: Permission, server: Any) -> None:
    assert row.role is not None
    answer = server.ask(method, _address(path), row.role.value)
    assert answer.status_code not in {401, 403, 405}, answer.text


def test_a_key_opens_its_classifiers_only(server: Any) -> None:
    for method, path, row in CLOSED:
        answer = server.ask(method, _address(path), "books")
        if row.whole or "films" in path or not path.startswith(("/v1/-", "/docs", "/openapi", "/health/live")):
            assert answer.status_code == 403 or path == "/v1", (method, path, answer.text)
    assert server.ask("GET", "/v1/books/info", "books").status_code == 200
    assert server.ask("GET", "/v1/nowhere/info", "books").status_code == 403
    assert server.ask("GET", "/v1/nowhere/info", "admin").status_code == 404


def test_what_is_no_address_says_nothing_without_a_key(server: Any) -> None:
    for path in ("/nowhere", "/v1/films/nowhere", "/v1/films/../../etc/passwd", "/v1/films/%2e%2e/info", "//", "/v1//"):
        assert server.ask("GET", path).status_code == 401, path
        assert server.ask("GET", path, "admin").status_code == 404, path
    assert server.ask("PATCH", "/v1/films/info").status_code == 401
    assert server.ask("PATCH", "/v1/films/info", "admin").status_code == 405


def test_both_headers_bring_a_key_and_an_address_does_not(server: Any) -> None:
    key = server.keys["user"]
    assert server.ask("GET", "/info", headers={"x-api-key": key}).status_code == 200
    assert server.ask("GET", f"/info?key={key}&api_key={key}&access_token={key}").status_code == 401
    assert server.ask("GET", "/info", headers={"authorization": f"Basic {key}"}).status_code == 401
    assert server.ask("GET", "/info", headers={"authorization": key}).status_code == 401
    assert server.ask("GET", "/info", headers={"cookie": f"ratchet={key}"}).status_code == 401


def test_of_two_keys_none_is_taken(server: Any) -> None:
    keys = [("authorization", f"Bearer {server.keys['user']}"), ("authorization", f"Bearer {server.keys['admin']}")]
    assert server.client.get("/info", headers=keys).status_code == 400


def test_a_revoked_key_opens_nothing_soon(server: Any) -> None:
    assert server.ask("GET", "/info", "user").status_code == 200
    ended = server.ask("DELETE", "/v1/-/keys/user-key", "admin")
    assert ended.json()["revoked_by"] == "admin-key"
    while server.ask("GET", "/info", "user").status_code == 200:
        pass  # looked for twenty times a second here, once a second in service
    assert server.ask("GET", "/info", "user").status_code == 401


def test_a_key_that_an_admin_makes_is_shown_once(server: Any) -> None:
    made = server.ask("POST", "/v1/-/keys", "admin", json={"name": "ann", "role": "labeller", "days": 1})
    assert made.status_code == 201
    secret = made.json()["secret"]
    listed = server.ask("GET", "/v1/-/keys", "admin")
    assert secret not in listed.text
    assert {each["name"]: each["created_by"] for each in listed.json()}["ann"] == "admin-key"
    again = server.ask("POST", "/v1/-/keys/ann/rotate", "admin")
    assert again.status_code == 201
    assert again.json()["secret"] != secret
    assert server.ask("POST", "/v1/-/keys", "admin", json={"name": "bob", "role": "boss"}).status_code == 422
    unknown = server.ask("POST", "/v1/-/keys", "admin", json={"name": "bob", "classifiers": ["films", "filns"]})
    assert (unknown.status_code, "books, films" in unknown.text) == (400, True)


def test_to_go_against_the_gate_takes_an_admin(server: Any) -> None:
    body = {"version": "1", "override": True, "reason": "I want it"}
    assert server.ask("POST", "/v1/films/promote", "developer", json=body).status_code == 403
    assert server.ask("POST", "/v1/films/promote", "admin", json=body).status_code == 404, "it is looked for"


def test_a_label_is_an_experts_only_where_the_role_is(server: Any) -> None:
    row = {"text": "a good film", "plan": "gold", "age": 3}
    id = server.ask("POST", "/v1/films/predict", "user", json=row).json()["id"]
    for source, least in (("user", "user"), ("expert", "labeller"), ("outcome", "developer"), ("import", "developer")):
        for role in Role:
            answer = server.ask(
                "POST", "/v1/films/feedback", role.value, json={"id": id, "label": "good", "source": source}
            )
            assert answer.status_code == (201 if role.includes(Role(least)) else 403), (source, role)


def test_what_is_logged_names_the_key(server: Any) -> None:
    row = {"text": "a good film", "plan": "gold", "age": 3}
    id = server.ask("POST", "/v1/films/predict", "user", json=row).json()["id"]
    label = server.ask("POST", "/v1/films/feedback", "labeller", json={"id": id, "label": "bad"})
    assert label.json()["actor"] == "labeller-key"
    (entry,) = server.films.audit(action="feedback")
    assert (entry.actor, entry.via, entry.address is not None) == ("labeller-key", "key", True)


def test_five_wrong_keys_make_an_address_wait(server: Any) -> None:
    mine = "203.0.113.7"
    for _ in range(5):
        assert server.ask("GET", "/info", "wrong", address=mine).status_code == 401
    waiting = server.ask("GET", "/info", "user", address=mine)
    assert (waiting.status_code, waiting.headers["retry-after"]) == (429, "30")
    assert server.ask("GET", "/info", "user", address="203.0.113.8").status_code == 200


def test_the_time_of_a_check_does_not_tell_how_much_of_a_key_is_right(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Known or not, right or not: what is compared are whole digests, once, by a comparison of constant time."""
    import hmac

    compared: list[tuple[int, int]] = []
    real = hmac.compare_digest

    def counted(a: Any, b: Any) -> bool:
        compared.append((len(a), len(b)))
        return real(a, b)

    monkeypatch.setattr(hmac, "compare_digest", counted)
    for key in (server.keys["user"], server.keys["wrong"], "rk_00000000_" + "A" * 43, "nothing"):
        server.films.access.ring.find(key)
    assert compared == [(32, 32)] * 4


def test_who_acts_is_known_whatever_something_is_called(server: Any) -> None:
    """The one route that is not told who acts is `POST predict`, and nothing that only ends like it."""
    server.ask("POST", "/v1/-/keys", "admin", json={"name": "predict"})
    ended = server.ask("DELETE", "/v1/-/keys/predict", "admin")
    assert ended.json()["revoked_by"] == "admin-key"
    for method, path, row in CLOSED:
        if "{" in path and row.role is not None:
            server.ask(method, re.sub(r"\{\w+\}", "predict", path), row.role.value)
    told = [(entry.actor, entry.action) for entry in server.films.audit(limit=1_000) if entry.via == "local"]
    assert {action for _, action in told} <= {"keys.add", "keys.revoke", "spec.changed", "settings.changed"}, told


def test_a_key_of_some_classifiers_is_told_of_those(server: Any) -> None:
    listed = server.ask("GET", "/v1", "books").json()
    assert ([each["name"] for each in listed["classifiers"]], listed["default"]) == (["books"], None)
    assert len(server.ask("GET", "/v1", "user").json()["classifiers"]) == 2
    for path in ("/docs", "/openapi.json"):
        assert "films" not in server.ask("GET", path, "books").text
        assert "films" in server.ask("GET", path, "user").text


def test_a_key_in_an_address_is_not_said_again(server: Any) -> None:
    answer = server.ask("DELETE", f"/v1/-/keys/{server.keys['user']}", "admin")
    assert answer.status_code == 404
    assert server.keys["user"][12:] not in answer.text


def test_what_no_database_can_hold_is_asked_for_in_vain(server: Any) -> None:
    for path in (
        "/v1/-/audit?before=99999999999999999999999",
        "/v1/-/audit?since=0001-01-01T00:00:00%2B14:00",
        "/v1/-/usage?since=0001-01-01T00:00:00%2B14:00",
        "/v1/-/audit?actor=%00",
        "/v1/-/usage?key=%00",
    ):
        assert server.ask("GET", path, "admin").status_code in {200, 400, 422}, path
