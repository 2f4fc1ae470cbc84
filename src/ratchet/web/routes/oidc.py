"""Signing in at somebody's own provider (OpenID Connect): there and back, for the cookie of a session."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ratchet.access.attempts import LIFE_SECONDS, Attempt
from ratchet.access.oidc import Oidc
from ratchet.errors import RatchetError
from ratchet.web.asking import access_of, client_of, pools_of_system
from ratchet.web.clients import Client
from ratchet.web.forms import cookie_of, local, name_of, session_cookie
from ratchet.web.plain import page, tag
from ratchet.web.problems import headers_of, status
from ratchet.web.threads import Threads

system = APIRouter(tags=["access"], include_in_schema=False)
ATTEMPT = "ratchet-oidc"
"""The cookie that an attempt to sign in belongs to."""
START, CALLBACK = "/v1/-/oidc/start", "/v1/-/oidc/callback"


def oidc_of(request: Request) -> Oidc | None:
    """How people sign in at their provider here; None where they do not."""
    found: Oidc | None = request.app.state.oidc
    return found


@system.get(START)
async def start(request: Request) -> Response:
    """Send the browser to the provider, with a cookie that its answer must fit."""
    attempt = Attempt.new(local(request.query_params.get("next", "")))
    try:
        url = await _threads(request).run(_oidc(request).begin, attempt, _redirect_uri(request))
    except RatchetError as error:
        return _said(request, error)
    answer = RedirectResponse(url, 303)
    _remember(answer, client_of(request), attempt.cookie)
    return answer


@system.get(CALLBACK)
async def callback(request: Request) -> Response:
    """Take the provider's answer; a new session each time."""
    client, access = client_of(request), access_of(request)
    attempt = Attempt.read(cookie_of(request.state.headers, client, ATTEMPT))
    said = dict(request.query_params)
    try:
        end = _oidc(request).end
        who = await _threads(request).run(end, attempt, said, _redirect_uri(request), client.address)
        assert access is not None
        assert attempt is not None
        cookie = await pools_of_system(request).writing.run(access.sessions.begin, who)
    except RatchetError as error:
        return _said(request, error)
    answer = RedirectResponse(request.scope.get("root_path", "") + local(attempt.to), 303)
    name, how = session_cookie(cookie, client)
    answer.set_cookie(name, **how)  # type: ignore[arg-type]
    _remember(answer, client, "")
    return answer


def _oidc(request: Request) -> Oidc:
    found = oidc_of(request)
    assert found is not None  # these routes are there only where it is set
    return found


def _threads(request: Request) -> Threads:
    """A provider that is slow holds up nobody who signs in with a key."""
    found: Threads = request.app.state.oidc_threads
    return found


def _redirect_uri(request: Request) -> str:
    """Where the provider sends the browser back to: the host that the gate has let pass, and the settings' path."""
    scheme = "https" if client_of(request).https else "http"
    host = request.state.headers.get(b"host", b"").decode("latin-1")
    return f"{scheme}://{host}{request.scope.get('root_path', '')}{CALLBACK}"


def _remember(answer: Response, client: Client, value: str) -> None:
    """Keep an attempt in the browser; an empty one is forgotten, since an answer is taken once."""
    age = LIFE_SECONDS if value else 0
    answer.set_cookie(
        name_of(ATTEMPT, client), value, max_age=age, path="/", httponly=True, samesite="lax", secure=client.https
    )


def _said(request: Request, error: RatchetError) -> Response:
    """A page for the person in front of the browser, who cannot read problem documents."""
    again = tag("a", "Sign in again", href=f"{request.scope.get('root_path', '')}/signin")
    answer = page("Sign in", tag("p", f"{error}", role="alert"), f"<p>{again}</p>", status=status(error))
    for name, value in headers_of(error):
        answer.headers[name.decode()] = value.decode()
    _remember(answer, client_of(request), "")
    return answer
