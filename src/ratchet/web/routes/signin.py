"""Signing in and out, and who one is: a key is given for the cookie of a session, which opens pages and no more."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ratchet.access.sessions import token
from ratchet.access.who import Who
from ratchet.errors import RequestError, UnknownCallerError
from ratchet.web.asking import access_of, client_of, pools_of_system, who_of
from ratchet.web.forms import FORM, check_own, check_token, cookie_of, fields, local, name_of, session_cookie
from ratchet.web.lines import JSON
from ratchet.web.plain import page, tag
from ratchet.web.problems import BodyError
from ratchet.web.routes.oidc import START, oidc_of

system = APIRouter(tags=["access"])
_FORM_KIND = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True, slots=True)
class Me:
    """Who asks."""

    name: str
    role: str
    via: str
    """``key``, ``session``, or ``open`` where the server asks nobody for a key."""
    classifiers: list[str] | None
    """Those that the key opens; null for all."""


@system.get("/v1/-/me", summary="Who you are here, and what role you have")
async def me(request: Request) -> Me:
    """By the key or the session that the request brings."""
    return _me(who_of(request))


@system.post(
    "/v1/-/signin",
    response_model=Me,
    summary="Give a key for a session, whose cookie opens pages; the API takes keys only",
)
async def signin(request: Request) -> Response:
    """Takes ``{"key": "rk_..."}`` as JSON, or the form of the page ``/signin``; a new session each time."""
    given, form = await _given(request)
    if form:
        headers = request.state.headers
        check_own(headers, client_of(request))
        check_token(given.get("token", ""), cookie_of(headers, client_of(request), FORM))
    access, client = access_of(request), client_of(request)
    if access is None:
        raise RequestError("this server asks nobody for a key, so there is nothing to sign in to", todo="go on")
    try:
        who = access.by_key(given.get("key", "").strip(), client.address)
    except UnknownCallerError:
        if not form:
            raise
        return _form(request, given.get("next", ""), "That key is not known here, was revoked, or is over.", 401)
    cookie = await pools_of_system(request).writing.run(access.sessions.begin, who)
    answer = _gone_on(request, given) if form else Response(msgspec.json.encode(_me(who)), media_type=JSON)
    name, how = session_cookie(cookie, client)
    answer.set_cookie(name, **how)  # type: ignore[arg-type]
    return answer


@system.post("/v1/-/signout", include_in_schema=False)
async def signout(request: Request) -> Response:
    """End the session that the form comes with, whose token is in it."""
    access, cookie = access_of(request), cookie_of(request.state.headers, client_of(request))
    if access is not None and cookie is not None:
        await pools_of_system(request).writing.run(access.sessions.end, cookie)
    answer = RedirectResponse(f"{request.scope.get('root_path', '')}/signin", 303)
    name, how = session_cookie("", client_of(request))
    answer.set_cookie(name, **how)  # type: ignore[arg-type]
    return answer


@system.get("/signin", include_in_schema=False)
async def signin_page(request: Request) -> Response:
    """The form that takes a key."""
    return _form(request, request.query_params.get("next", ""))


def _form(request: Request, to: str, said: str = "", status: int = 200) -> Response:
    cookie = secrets.token_urlsafe(32)
    root = request.scope.get("root_path", "")
    hidden = [("token", token(cookie)), ("next", local(to))]
    inputs = "".join(tag("input", "", type="hidden", name=name, value=value) for name, value in hidden)
    key = tag("input", "", id="key", name="key", type="password", autocomplete="current-password", required="required")
    form = f'<form method="post" action="{root}/v1/-/signin">{inputs}{tag("label", "Your key", for_="key")}{key}'
    form += f"{tag('button', 'Sign in')}</form>"
    why = tag("p", said, role="alert") if said else ""
    form += _elsewhere(request, local(to))
    answer = page("Sign in", why, form, tag("p", "ratchet keys add NAME makes one.", class_="quiet"), status=status)
    client = client_of(request)
    name = name_of(FORM, client)
    answer.set_cookie(name, cookie, max_age=3_600, path="/", httponly=True, samesite="lax", secure=client.https)
    return answer


def _elsewhere(request: Request, to: str) -> str:
    """The link to somebody's own provider, where there is one."""
    oidc = oidc_of(request)
    if oidc is None:
        return ""
    href = f"{request.scope.get('root_path', '')}{START}?next={quote(to, safe='')}"
    return f"<p>{tag('a', f'Sign in with {oidc.host}', href=href)}</p>"


async def _given(request: Request) -> tuple[dict[str, str], bool]:
    """The fields that were sent, and whether as a form; raises `BodyError`."""
    body = await request.body()
    if request.state.kind == _FORM_KIND:
        return fields(body), True
    try:
        return msgspec.json.decode(body, type=dict[str, str]), False
    except msgspec.MsgspecError:
        raise BodyError('a body that is not {"key": "rk_..."}', todo="send that, as application/json") from None


def _gone_on(request: Request, given: dict[str, Any]) -> Response:
    root = request.scope.get("root_path", "")
    answer = RedirectResponse(root + local(given.get("next", "")), 303)
    client = client_of(request)
    answer.delete_cookie(name_of(FORM, client), path="/", secure=client.https)
    return answer


def _me(who: Who) -> Me:
    scopes = None if who.scopes is None else sorted(who.scopes)
    return Me(name=who.name, role=who.role.value, via=who.via, classifiers=scopes)
