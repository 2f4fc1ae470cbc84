"""The one place that every request passes: who asks, and whether they may.

A request brings a key (``Authorization: Bearer`` or ``X-API-Key``) or, where it opens a page, the cookie of a session.
What is behind finds who it is in the scope's state, as ``who``; and as `ratchet.access.who.present`, but for
``POST predict``, which changes nothing and answers several callers at once.
"""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from ratchet import clock
from ratchet.access.access import Access
from ratchet.access.roles import Role
from ratchet.access.who import Who, acting
from ratchet.errors import ForbiddenError, RatchetError, UnknownCallerError
from ratchet.web.asgi import Asgi, ClientGone, Headers, Receive, Scope, Send, asked, respond
from ratchet.web.bodies import SMALL, Counted, Held, read_body, replayed
from ratchet.web.clients import Client
from ratchet.web.forms import check_form, cookie_of
from ratchet.web.meters import Meters
from ratchet.web.permissions import PREDICT, Asked, Permissions
from ratchet.web.problems import MEDIA_TYPE, headers_of, problem, status
from ratchet.web.threads import Threads

LOCAL = "local"
"""Who asks a server that asks nobody for a key."""
_SAFE = frozenset(("GET", "HEAD"))
_BEARER = b"bearer "


class Guard:
    """Lets pass who may ask what is asked; ``access`` None lets everybody do everything, on this machine only."""

    def __init__(self, app: Asgi, *, access: Access | None, permissions: Permissions, meters: Meters) -> None:
        self._app = app
        self._access = access
        self._permissions = permissions
        self._meters = meters
        self._reading = Threads()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = clock.monotonic()
        state = scope["state"]
        try:
            ask = self._permissions.find(scope["method"], scope["path"])
            who = state["who"] = await self._entered(self._access, ask, scope)
            if who.via == "session" and scope["method"] not in _SAFE:
                body = await read_body(Counted(receive, SMALL, Held(SMALL)))
                check_form(body, state["headers"], state["client"])
                receive = replayed(body, receive)
        except RatchetError as error:
            if _wants_a_page(error, scope, state["headers"]):
                await _redirect(send, scope)
            else:
                code = status(error)
                document = msgspec.json.encode(problem(error, asked(scope)))
                await respond(send, code, MEDIA_TYPE, document, headers_of(error))
            self._meters.observe("", "refused", status(error), clock.monotonic() - started)
            return
        except ClientGone:
            return
        if ask.permission is PREDICT:
            await self._app(scope, receive, send)
            return
        with acting(who):
            await self._app(scope, receive, send)

    async def _entered(self, access: Access | None, ask: Asked, scope: Scope) -> Who:
        """Who asks; raises `UnknownCallerError`, `ForbiddenError` or `TooOftenError`."""
        headers: Headers = scope["state"]["headers"]
        client: Client = scope["state"]["client"]
        if access is None:
            return Who(name=LOCAL, role=Role.ADMIN, via="open", address=client.address)
        permission = ask.permission
        secret, who = _key(headers), None
        if secret is not None:
            who = access.by_key(secret, client.address)
        elif permission.page and (cookie := cookie_of(headers, client)) is not None:
            who = await self._reading.run(access.by_cookie, cookie, client.address)
        if who is None:
            if permission.role is None or (permission.near and client.near):
                return Who(name="", role=Role.USER, via="nobody", address=client.address, scopes=frozenset())
            raise _nobody(headers, client)
        if permission.role is not None:
            _check(who, ask, permission.role)
        return who


def _check(who: Who, ask: Asked, least: Role) -> None:
    """Raises `ForbiddenError` unless somebody may ask that."""
    if not who.role.includes(least):
        raise ForbiddenError(
            f"{who.name} has the role {who.role}, and this needs {least}",
            todo=f"ask an admin for a key of the role {least}: ratchet keys add NAME --role {least}",
        )
    if ask.classifier is not None and not who.may_ask(ask.classifier):
        raise ForbiddenError(
            f"the key of {who.name} does not open the classifier asked for", todo="ask an admin for one that does"
        )
    if ask.permission.whole and who.scopes is not None:
        raise ForbiddenError(
            f"the key of {who.name} opens some classifiers only, and this tells of all",
            todo="ask an admin for a key without scopes",
        )


def _key(headers: Headers) -> str | None:
    """The key that a request brings; raises `UnknownCallerError` for credentials of another kind."""
    said = headers.get(b"authorization")
    if said is not None:
        if said[: len(_BEARER)].lower() != _BEARER:
            raise UnknownCallerError(
                "an Authorization that is no Bearer key", todo="send Authorization: Bearer rk_..., or X-API-Key: rk_..."
            )
        return said[len(_BEARER) :].strip().decode("latin-1")
    key = headers.get(b"x-api-key")
    return None if key is None else key.strip().decode("latin-1")


def _nobody(headers: Headers, client: Client) -> UnknownCallerError:
    if cookie_of(headers, client) is not None:
        return UnknownCallerError(
            "a session that is over, or that does not open this: the API takes keys only",
            todo="sign in again at /signin for a page; for the API send Authorization: Bearer rk_...",
        )
    return UnknownCallerError(
        "a request without a key",
        todo="send Authorization: Bearer rk_..., or X-API-Key: rk_...; whoever runs this server makes one with "
        "ratchet keys add NAME",
    )


def _wants_a_page(error: RatchetError, scope: Scope, headers: Headers) -> bool:
    """Whether somebody opened a page in a browser without having signed in."""
    opened = scope["method"] == "GET" and b"text/html" in headers.get(b"accept", b"")
    return isinstance(error, UnknownCallerError) and opened and scope["path"] == "/docs"


async def _redirect(send: Send, scope: Scope) -> None:
    root = scope.get("root_path", "")
    to = f"{root}/signin?next={quote(scope['path'], safe='')}".encode()
    await send(
        {"type": "http.response.start", "status": 303, "headers": [(b"location", to), (b"content-length", b"0")]}
    )
    await send({"type": "http.response.body", "body": b""})
