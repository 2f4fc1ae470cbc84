"""Signing in by OpenID Connect at a real provider, and every way of doing so that must fail."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from ratchet import clock
from ratchet.access.attempts import LIFE_SECONDS, Attempt
from ratchet.access.oidc import Oidc
from ratchet.errors import MissingExtraError, SettingsError
from ratchet.resources import Pool, Resources
from ratchet.settings import Settings
from ratchet.web.clients import Clients
from tests.web.conftest import Films
from tests.web.provider import CLIENT, KEY, SECRET, Provider, provided

Served = Callable[..., AbstractContextManager[httpx.Client]]
START, CALLBACK = "/v1/-/oidc/start", "/v1/-/oidc/callback"
ROLES = "admins=admin, data=developer, *@example.com=user"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with provided() as provider:
        yield provider


@pytest.fixture
def resources(tmp_path: Path, provider: Provider) -> Iterator[Resources]:
    pool = Pool()
    yield pool.resources(
        Settings(
            root=tmp_path,
            engine="inline",
            tracking_uri="off",
            oidc_issuer=provider.issuer,
            oidc_client_id=CLIENT,
            oidc_client_secret=SecretStr(SECRET),
            oidc_roles=ROLES,
        )
    )
    pool.close()


@pytest.fixture
def browser(films: Films, served: Served, provider: Provider) -> Iterator[httpx.Client]:
    with served(films, access=films.access) as client:
        provider.redirect_uris.append(f"{client.base_url}{CALLBACK}".replace("//v1", "/v1"))
        yield client


def _asked(browser: httpx.Client, to: str = "/docs", **changed: str) -> str:
    """Begins at our server and goes to the provider; the address that it sends the browser back to."""
    begun = browser.get(START, params={"next": to})
    assert begun.status_code == 303, begun.text
    place = urlsplit(begun.headers["location"])
    query = dict(parse_qsl(place.query)) | changed
    answer = httpx.get(place._replace(query=urlencode(query)).geturl())
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


def _me(browser: httpx.Client) -> dict[str, Any] | None:
    answer = browser.get("/v1/-/me")
    return answer.json() if answer.status_code == 200 else None


def _refused(browser: httpx.Client, answer: httpx.Response, status: int = 401) -> str:
    assert answer.status_code == status, answer.text
    assert _me(browser) is None
    assert "ratchet" not in browser.cookies
    return answer.text


def test_somebody_signs_in_at_their_provider(browser: httpx.Client, films: Films) -> None:
    assert "Sign in with 127.0.0.1" in browser.get("/signin").text
    ended = browser.get(_asked(browser, "/docs?a=b"))
    assert (ended.status_code, ended.headers["location"]) == (303, "/docs?a=b")
    assert _me(browser) == {"name": "ann@example.com", "role": "user", "via": "session", "classifiers": None}
    assert browser.get("/docs").status_code == 200
    assert browser.post("/predict", json={"text": "a good film"}).status_code == 401, "the API takes keys only"
    assert ("ann@example.com", "signin") in [
        (each.actor, each.action) for each in films.access.sessions._audit.entries()
    ]


def test_the_request_binds_the_browser_and_tells_no_secret(browser: httpx.Client) -> None:
    begun = browser.get(START)
    asked = dict(parse_qsl(urlsplit(begun.headers["location"]).query))
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["scope"] == "openid email groups"
    assert min(len(asked["state"]), len(asked["nonce"]), len(asked["code_challenge"])) == 43
    told = begun.headers["set-cookie"].lower()
    assert "httponly" in told
    assert "samesite=lax" in told
    assert f"max-age={LIFE_SECONDS}" in told
    assert browser.cookies["ratchet-oidc"].partition(".")[0] not in begun.headers["location"]
    assert SECRET not in begun.headers["location"]


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"groups": ["admins", "data"]}, "admin"),
        ({"groups": ["data"], "email": "ann@example.com", "email_verified": True}, "developer"),
        ({"groups": "data"}, "developer"),
        ({"email": "Ann@EXAMPLE.com", "email_verified": True}, "user"),
    ],
)
def test_groups_and_addresses_give_roles(
    browser: httpx.Client, provider: Provider, claims: dict[str, Any], role: str
) -> None:
    provider.user = {"sub": "7", **claims}
    assert browser.get(_asked(browser)).status_code == 303
    me = _me(browser)
    assert me is not None
    assert me["role"] == role
    assert me["name"] == ("ann@example.com" if "email" in claims else "oidc:7")


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"groups": ["Admins", "others", 7]},
        {"groups": ["*@example.com"]},
        {"groups": ["team@example.com"]},
        {"email": "ann@example.com"},
        {"email": "ann@example.com", "email_verified": False},
        {"email": "ann@example.com", "email_verified": "true"},
        {"email": "ann@example.com.evil.example", "email_verified": True},
        {"email": "ann@evil.example@example.com ", "email_verified": True},
    ],
)
def test_who_is_named_nowhere_gets_no_role(browser: httpx.Client, provider: Provider, claims: dict[str, Any]) -> None:
    provider.user = {"sub": "7", **claims}
    assert "gets no role here" in _refused(browser, browser.get(_asked(browser)), 403)


def test_an_answer_that_another_browser_asked_for_signs_nobody_in(browser: httpx.Client) -> None:
    mine = _asked(browser)
    browser.cookies.clear()
    assert "did not ask for" in _refused(browser, browser.get(mine)), "login CSRF: without any attempt"
    mine = _asked(browser)
    browser.cookies.clear()
    browser.get(START)
    assert "did not ask for" in _refused(browser, browser.get(mine)), "login CSRF: with another attempt"


def test_a_state_that_was_changed_is_refused(browser: httpx.Client) -> None:
    back = urlsplit(_asked(browser))
    query = dict(parse_qsl(back.query)) | {"state": "x" * 43}
    _refused(browser, browser.get(back._replace(query=urlencode(query)).geturl()))
    del query["state"]
    _asked(browser)
    _refused(browser, browser.get(back._replace(query=urlencode(query)).geturl()))


def test_a_code_is_taken_once(browser: httpx.Client) -> None:
    back = _asked(browser)
    attempt = browser.cookies["ratchet-oidc"]
    assert browser.get(back).status_code == 303
    assert "ratchet-oidc" not in browser.cookies
    browser.cookies.clear()
    _refused(browser, browser.get(back))
    browser.cookies.set("ratchet-oidc", attempt)
    assert "does not take its code" in _refused(browser, browser.get(back)), "also with the cookie of then"


def test_a_code_of_somebody_elses_attempt_is_refused(browser: httpx.Client) -> None:
    theirs = dict(parse_qsl(urlsplit(_asked(browser)).query))
    back = urlsplit(_asked(browser))
    mine = dict(parse_qsl(back.query)) | {"code": theirs["code"]}
    mixed = back._replace(query=urlencode(mine)).geturl()
    assert "does not take its code" in _refused(browser, browser.get(mixed)), "PKCE: another verifier"


def test_an_attempt_is_over_after_a_while(browser: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    back, attempt = _asked(browser), browser.cookies["ratchet-oidc"]
    later = clock.now() + timedelta(seconds=LIFE_SECONDS + 1)
    monkeypatch.setattr(clock, "now", lambda: later)
    browser.cookies.clear()
    _refused(browser, browser.get(back, headers={"cookie": f"ratchet-oidc={attempt}"}))


def test_a_wrong_nonce_is_refused(browser: httpx.Client) -> None:
    assert "nonce" in _refused(browser, browser.get(_asked(browser, nonce="of another attempt")))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"aud": "another"}, "aud"),
        ({"aud": [CLIENT, "another"]}, "others too"),
        ({"azp": "another"}, "others too"),
        ({"iss": "https://evil.example"}, "iss"),
        ({"exp": 1_000_000_000}, "expired"),
        ({"exp": None}, "exp"),
        ({"nonce": ""}, "nonce"),
        ({"sub": ""}, "sub"),
        ({"sub": ["1"]}, "sub"),
        ({"iat": 9_999_999_999}, "in the future"),
    ],
)
def test_a_token_that_says_the_wrong_thing_is_refused(
    browser: httpx.Client, provider: Provider, wrong: dict[str, Any], why: str
) -> None:
    provider.wrong = wrong
    assert why in _refused(browser, browser.get(_asked(browser)))


def test_a_token_that_just_expired_is_refused(browser: httpx.Client, provider: Provider) -> None:
    provider.wrong = {"exp": int(time.time()) - 61}
    assert "expired" in _refused(browser, browser.get(_asked(browser)))


@pytest.mark.parametrize("kid", ["one", "two"])
def test_another_issuers_key_is_refused(browser: httpx.Client, provider: Provider, kid: str) -> None:
    provider.signing = RSAKey.generate_key(2048, {"kid": kid})
    assert "does not hold" in _refused(browser, browser.get(_asked(browser)))


@pytest.mark.parametrize(
    ("alg", "key"),
    [("none", b""), ("None", b""), ("HS256", KEY.as_pem(private=False)), ("HS256", SECRET.encode()), ("RS256", b"")],
)
def test_tokens_that_the_providers_own_key_did_not_sign_are_refused(
    browser: httpx.Client, provider: Provider, alg: str, key: bytes
) -> None:
    provider.forged = (alg, key)
    assert "does not hold" in _refused(browser, browser.get(_asked(browser)))


def test_a_new_key_of_the_provider_is_found(browser: httpx.Client, provider: Provider) -> None:
    assert browser.get(_asked(browser)).status_code == 303
    provider.key = provider.signing = RSAKey.generate_key(2048, {"kid": "two"})
    assert browser.get(_asked(browser)).status_code == 303
    assert provider.asked.count("keys") == 2


@pytest.mark.parametrize("iss", ["https://evil.example", ""])
def test_an_answer_of_another_provider_is_refused(browser: httpx.Client, provider: Provider, iss: str) -> None:
    assert "another provider" in _refused(browser, browser.get(f"{_asked(browser)}&iss={iss}"))
    assert "token" not in provider.asked, "its code was shown to nobody"


def test_who_says_no_at_the_provider_is_told_so(browser: httpx.Client) -> None:
    back = urlsplit(_asked(browser))
    state = dict(parse_qsl(back.query))["state"]
    denied = back._replace(query=urlencode({"error": "access_denied", "state": state})).geturl()
    assert "access_denied" in _refused(browser, browser.get(denied))


@pytest.mark.parametrize(
    "to", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/" + "x" * 5_000]
)
def test_next_leads_nowhere_else(browser: httpx.Client, to: str) -> None:
    ended = browser.get(_asked(browser, to))
    assert (ended.status_code, ended.headers["location"]) == (303, "/docs")


def test_a_cookie_that_was_made_up_leads_nowhere_else(browser: httpx.Client) -> None:
    attempt = Attempt.new("https://evil.example")
    _asked(browser)
    browser.cookies.clear()
    browser.cookies.set("ratchet-oidc", attempt.cookie)
    _refused(browser, browser.get(CALLBACK, params={"state": attempt.state, "code": "x"}))


def test_the_way_back_is_made_of_what_was_checked(browser: httpx.Client) -> None:
    assert browser.get(START, headers={"host": "evil.example"}).status_code == 421
    begun = browser.get(START, headers={"x-forwarded-host": "evil.example", "x-forwarded-proto": "https"})
    asked = dict(parse_qsl(urlsplit(begun.headers["location"]).query))
    assert asked["redirect_uri"] == f"{str(browser.base_url).rstrip('/')}{CALLBACK}"


def test_behind_a_proxy_the_way_back_is_the_proxys(films: Films, served: Served) -> None:
    proxy = Clients(Settings(proxies="127.0.0.1").proxy_networks)
    how: dict[str, Any] = {"clients": proxy, "hosts": ["models.example.com"], "root_path": "/models"}
    said = {"x-forwarded-for": "10.0.0.1", "x-forwarded-host": "models.example.com", "x-forwarded-proto": "https"}
    with served(films, access=films.access, **how) as client:
        begun = client.get(START, headers=said)
        asked = dict(parse_qsl(urlsplit(begun.headers["location"]).query))
        assert asked["redirect_uri"] == f"https://models.example.com/models{CALLBACK}"
        assert begun.headers["set-cookie"].startswith("__Host-ratchet-oidc=")
        assert "secure" in begun.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": "http://169.254.169.254/authorize"},
        {"jwks_uri": "http://169.254.169.254/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": None},
    ],
)
def test_a_provider_leads_to_no_other_address(
    browser: httpx.Client, provider: Provider, metadata: dict[str, Any]
) -> None:
    provider.metadata = metadata
    answer = browser.get(START)
    assert "cannot be asked" in _refused(browser, answer, 503)
    assert answer.headers["retry-after"]


def test_codes_and_secrets_are_sent_to_no_other_address(browser: httpx.Client, provider: Provider) -> None:
    provider.metadata = {"token_endpoint": "http://169.254.169.254/token"}
    assert "cannot be asked" in _refused(browser, browser.get(_asked(browser)), 503)


def test_the_secret_may_be_sent_in_the_form(browser: httpx.Client, provider: Provider) -> None:
    provider.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert browser.get(_asked(browser)).status_code == 303


@pytest.mark.parametrize("given", [{}, {"access": None}])
def test_the_routes_are_there_only_where_they_are_asked_for(
    films: Films, elsewhere: Resources, far_books: Films, served: Served, given: dict[str, Any]
) -> None:
    served_one = films if given else far_books
    with served(served_one, **({"access": far_books.access} | given)) as client:
        assert client.get(START).status_code == 404
        assert client.get(CALLBACK).status_code == 404
        assert "Sign in with" not in client.get("/signin").text


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"oidc_issuer": "http://id.example.com"}, "OIDC_ISSUER"),
        ({"oidc_issuer": "https://id.example.com?a=b"}, "OIDC_ISSUER"),
        ({"oidc_issuer": "https://ann:secret@id.example.com"}, "OIDC_ISSUER"),
        ({"oidc_issuer": "id.example.com"}, "OIDC_ISSUER"),
        ({"oidc_client_id": None}, "OIDC_CLIENT_ID"),
        ({"oidc_roles": ""}, "names nobody"),
        ({"oidc_roles": "admins"}, "an entry 'admins'"),
        ({"oidc_roles": "admins=root"}, "admins=root"),
        ({"oidc_roles": "*=admin"}, "an entry"),
        ({"oidc_roles": "adm*=admin"}, "an entry"),
    ],
)
def test_settings_that_say_half_of_it_are_told(wrong: dict[str, Any], why: str) -> None:
    good = {"oidc_issuer": "https://id.example.com", "oidc_client_id": "a", "oidc_roles": ROLES}
    assert Oidc.of(Settings(**good)) is not None
    with pytest.raises(SettingsError, match=why.replace("*", r"\*")):
        Oidc.of(Settings(**(good | wrong)))


def test_without_the_extra_it_is_said_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr("ratchet.access.oidc.find_spec", lambda name: None if name == "authlib" else find(name))
    assert Oidc.of(Settings()) is None, "nobody asks for it"
    with pytest.raises(MissingExtraError, match="OpenID Connect") as refused:
        Oidc.of(Settings(oidc_issuer="https://id.example.com", oidc_client_id="a", oidc_roles=ROLES))
    assert "ratchet-ml[oidc]" in refused.value.todo


def test_the_secret_is_never_shown() -> None:
    settings = Settings(oidc_client_secret=SecretStr("hidden-of-all"))
    assert "hidden-of-all" not in repr(settings) + str(settings)
