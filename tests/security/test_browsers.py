"""What a browser may be made to do by a page of somebody else, and what it is told to keep to."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from ipaddress import ip_network
from typing import Any

import httpx
import pytest

from ratchet.spec.access import Access

HERE = "https://models.example.org"
HTTPS = {"x-forwarded-proto": "https", "x-forwarded-host": "models.example.org"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
Serve = Callable[..., AbstractContextManager[Any]]


@pytest.fixture
def browser(closed: Serve) -> Any:
    """A closed server that is known as models.example.org, over https, to a browser."""
    with closed(hosts=["models.example.org"]) as server:
        yield server


def _signin(server: Any, key: str, **more: Any) -> httpx.Response:
    page = server.ask("GET", "/signin", headers=HTTPS)
    cookie = page.headers["set-cookie"].partition(";")[0]
    fields = {"key": server.keys.get(key, key), "token": _token(page.text), "next": "/docs", **more.pop("data", {})}
    headers = {**HTTPS, **FORM, "origin": HERE, "cookie": cookie, **more.pop("headers", {})}
    answer: httpx.Response = server.ask("POST", "/v1/-/signin", headers=headers, data=fields)
    return answer


def _token(text: str) -> str:
    found = re.search(r'name="token" value="([0-9a-f]{64})"', text)
    assert found
    return found[1]


def _cookie(answer: httpx.Response) -> str:
    (found,) = [each for each in answer.headers.get_list("set-cookie") if each.startswith("__Host-ratchet=")]
    return found


def test_a_key_is_given_for_a_session_that_opens_pages_only(browser: Any) -> None:
    answer = _signin(browser, "developer")
    assert (answer.status_code, answer.headers["location"]) == (303, "/docs")
    cookie = _cookie(answer)
    said = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "secure", "path=/", "samesite=lax", "max-age=604800"} <= said
    assert browser.keys["developer"] not in str(answer.headers)
    headers = {**HTTPS, "cookie": cookie.partition(";")[0]}
    assert browser.ask("GET", "/docs", headers=headers).status_code == 200
    me = browser.ask("GET", "/v1/-/me", headers=headers).json()
    assert (me["name"], me["role"], me["via"]) == ("developer-key", "developer", "session")
    for method, path in (("GET", "/v1/films/info"), ("POST", "/v1/films/predict"), ("GET", "/v1/-/keys")):
        assert browser.ask(method, path, headers=headers).status_code == 401, path


def test_a_session_is_never_the_one_that_was_brought_along(browser: Any) -> None:
    planted = "planted-by-somebody-else-planted-by-somebody"
    page = browser.ask("GET", "/signin", headers=HTTPS)
    form = page.headers["set-cookie"].partition(";")[0]
    answer = _signin(
        browser, "user", headers={"cookie": f"{form}; __Host-ratchet={planted}"}, data={"token": _token(page.text)}
    )
    assert planted not in _cookie(answer)
    stolen = {**HTTPS, "cookie": f"__Host-ratchet={planted}"}
    assert browser.ask("GET", "/v1/-/me", headers=stolen).status_code == 401


@pytest.mark.parametrize(
    "forged",
    [
        {"headers": {"origin": "https://evil.example"}},
        {"headers": {"origin": "null"}},
        {"headers": {"origin": "http://models.example.org"}},
        {"headers": {"cookie": ""}},
        {"data": {"token": "0" * 64}},
        {"data": {"token": ""}},
    ],
    ids=str,
)
def test_a_forged_sign_in_is_refused(browser: Any, forged: dict[str, Any]) -> None:
    answer = _signin(browser, "user", **forged)
    assert answer.status_code == 403, answer.text
    assert "__Host-ratchet=" not in str(answer.headers)


def test_a_form_without_its_token_ends_no_session(browser: Any) -> None:
    cookie = _cookie(_signin(browser, "user")).partition(";")[0]
    own = {**HTTPS, **FORM, "origin": HERE, "cookie": cookie}
    forged = [
        (own, ""),
        (own, "token=" + "0" * 64),
        ({**own, "origin": "https://evil.example"}, ""),
        ({name: value for name, value in own.items() if name != "origin"}, ""),
    ]
    for headers, body in forged:
        assert browser.ask("POST", "/v1/-/signout", headers=headers, content=body).status_code == 403
    assert browser.ask("GET", "/v1/-/me", headers={**HTTPS, "cookie": cookie}).status_code == 200


def test_a_session_that_was_ended_is_not_taken_again(browser: Any) -> None:
    from ratchet.access.sessions import token

    cookie = _cookie(_signin(browser, "user")).partition(";")[0]
    own = {**HTTPS, **FORM, "origin": HERE, "cookie": cookie}
    form = f"token={token(cookie.partition('=')[2])}"
    assert browser.ask("POST", "/v1/-/signout", headers=own, content=form).status_code == 303
    assert browser.ask("POST", "/v1/-/signout", headers=own, content=form).status_code == 401, "a form sent again"
    assert browser.ask("GET", "/docs", headers={**HTTPS, "cookie": cookie}).status_code == 401
    (left,) = browser.films.audit(action="signout")
    (came,) = browser.films.audit(action="signin")
    assert (left.actor, left.via, left.target, left.key_id) == ("user-key", "session", "user-key", came.key_id)


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/\\evil.example", "/docs\r\nset-cookie: a=b", "javascript:1", ""]
)
def test_signing_in_leads_nowhere_else(browser: Any, to: str) -> None:
    answer = _signin(browser, "user", data={"next": to})
    assert (answer.status_code, answer.headers["location"]) == (303, "/docs")
    assert "a=b" not in str(answer.headers)


def test_a_wrong_key_signs_nobody_in(browser: Any) -> None:
    answer = _signin(browser, "wrong")
    assert answer.status_code == 401
    assert "not known here" in answer.text
    assert "__Host-ratchet=" not in str(answer.headers)


def test_a_page_asks_a_browser_to_sign_in_first(browser: Any) -> None:
    answer = browser.ask("GET", "/docs", headers={**HTTPS, "accept": "text/html,*/*"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/signin?next=%2Fdocs")


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost@evil.example"]
)
def test_a_name_that_was_made_to_lead_here_is_not_answered(server: Any, host: str) -> None:
    for path in ("/info", "/signin", "/health"):
        assert server.ask("GET", path, "admin", headers={"host": host}).status_code == 421


def test_a_page_of_somebody_else_is_not_answered(server: Any) -> None:
    for origin in ("https://evil.example", "null", "http://127.0.0.1.evil.example"):
        answer = server.ask("POST", "/predict", "admin", headers={"origin": origin}, json={})
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
        asked = {"origin": origin, "access-control-request-method": "POST"}
        assert server.ask("OPTIONS", "/predict", headers=asked).status_code == 403


def test_an_origin_that_the_spec_opens_may_ask_with_a_key(films: Any, closed: Serve) -> None:
    films.spec = films.spec.model_copy(update={"access": Access(origins=("https://app.example",))})
    row = {"text": "a good film", "plan": "gold", "age": 3}
    with closed() as server:
        headers = {"origin": "https://app.example"}
        asked = {**headers, "access-control-request-method": "POST", "access-control-request-headers": "authorization"}
        for path in ("/predict", "/v1/films/predict"):
            preflight = server.ask("OPTIONS", path, headers=asked)
            assert preflight.status_code == 204
            assert preflight.headers["access-control-allow-origin"] == "https://app.example"
            assert "authorization" in preflight.headers["access-control-allow-headers"]
            assert "access-control-allow-credentials" not in preflight.headers, "no cookies"
            answer = server.ask("POST", path, "user", headers=headers, json=row)
            assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "https://app.example")
            assert answer.headers["vary"] == "Origin"
            assert server.ask("POST", path, headers=headers, json=row).status_code == 401
        assert server.ask("OPTIONS", "/v1/books/predict", headers=asked).status_code == 403, "its own only"
        assert server.ask("OPTIONS", "/v1/-/keys", headers=asked).status_code == 403


def test_every_answer_keeps_browsers_from_doing_more_with_it(server: Any) -> None:
    for path, key in (("/info", "user"), ("/info", None), ("/docs", "user"), ("/signin", None), ("/nowhere", "user")):
        headers = server.ask("GET", path, key).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "script-src" not in policy
        assert "server" not in headers
    over_https = server.ask("GET", "/info", "user", headers={"x-forwarded-proto": "https"})
    assert "max-age" in over_https.headers["strict-transport-security"]


def test_health_is_open_to_this_machine_and_to_networks_that_are_named(films: Any, closed: Serve) -> None:
    with closed(near=[ip_network("10.9.0.0/16")]) as server:
        for path in ("/health", "/health/live", "/metrics", "/v1/films/health/ready"):
            assert server.client.get(path).status_code == 200, "from this machine"
            assert server.ask("GET", path, address="10.9.1.1").status_code == 200
            assert server.ask("GET", path, address="10.8.1.1").status_code == 401
            assert server.ask("GET", path, address="10.9.1.1, 8.8.8.8").status_code == 401, "anybody may write that"
            assert server.ask("GET", path, "user", address="10.8.1.1").status_code in {200, 403}
        assert server.client.get("/info").status_code == 401, "only those"


def test_what_a_stranger_says_of_where_he_comes_from_is_not_believed(films: Any, served: Any) -> None:
    with served(films, access=films.access) as client:
        said = {"x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https", "x-forwarded-host": "evil.example"}
        assert client.get("/health", headers=said).status_code == 401, "forwarded by whom nobody trusts"
        assert client.get("/health").status_code == 200


def test_a_proxy_may_show_it_under_a_path(closed: Serve) -> None:
    with closed(root_path="/models") as server:
        for path in ("/models/v1/films/info", "/v1/films/info"):
            assert server.ask("GET", path, "user").status_code == 200, path
        page = server.ask("GET", "/models/docs", headers={"accept": "text/html"})
        assert page.headers["location"] == "/models/signin?next=%2Fdocs"
        assert 'action="/models/v1/-/signin"' in server.ask("GET", "/models/signin").text
        assert server.ask("GET", "/models/openapi.json", "user").json()["servers"] == [{"url": "/models"}]


def test_over_https_only_a_cookie_of_this_very_host_is_taken(browser: Any) -> None:
    held = _cookie(_signin(browser, "user")).partition(";")[0].removeprefix("__Host-")
    assert browser.ask("GET", "/docs", headers={**HTTPS, "cookie": held}).status_code == 401


@pytest.mark.parametrize("header", ["x-forwarded-host", "x-forwarded-proto", "via", "forwarded", "x-real-ip"])
def test_what_was_sent_on_is_not_near(films: Any, served: Any, header: str) -> None:
    with served(films, access=films.access) as client:
        assert client.get("/health", headers={header: "https"}).status_code == 401
