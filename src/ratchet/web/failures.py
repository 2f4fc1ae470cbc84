"""Every way a request can fail, answered with a problem document."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ratchet.errors import NotFoundError, RatchetError, UnavailableError
from ratchet.system import System
from ratchet.web.asgi import Asgi, ClientGone, Receive, Scope, Send, asked, respond
from ratchet.web.problems import MEDIA_TYPE, clipped, document, headers_of, problem, unexpected
from ratchet.web.routes.labels import ONE, SEVERAL

_log = logging.getLogger("ratchet.web")


def install(app: FastAPI, system: System) -> None:
    """Have the application answer errors as RFC 9457 problem documents."""

    async def ours(request: Request, error: RatchetError) -> Response:
        headers = {name.decode(): value.decode() for name, value in headers_of(error)}
        return _response(problem(error, _asked(request)), headers)

    async def invalid(request: Request, error: RequestValidationError) -> Response:
        errors = [_located(each) for each in error.errors()]
        found = "1 mistake" if len(errors) == 1 else f"{len(errors)} mistakes"
        body = document(422, "body", _asked(request), found, todo="correct each place named in errors", errors=errors)
        return _response(body)

    async def framework(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            return _response(problem(_no_route(request, system), _asked(request)))
        body = document(error.status_code, "request", _asked(request), str(error.detail), todo="see /docs")
        return _response(body, error.headers)

    async def gone(_: Request, __: ClientGone) -> Response:
        return Response(status_code=499)  # nobody reads it

    handlers: list[tuple[Any, Any]] = [
        (RatchetError, ours),
        (RequestValidationError, invalid),
        (HTTPException, framework),
        (ClientGone, gone),
    ]
    for kind, handler in handlers:
        app.add_exception_handler(kind, handler)


class LastResort:
    """Answers what nothing else caught with a problem document, and keeps the connection for the next request."""

    def __init__(self, app: Asgi) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if _is_begun(scope):
                raise
            error = _stopping()
            body = msgspec.json.encode(problem(error, asked(scope)))
            await respond(send, 503, MEDIA_TYPE, body, headers_of(error))
        except Exception:
            if _is_begun(scope):
                raise  # too late to say anything: the connection is cut, so that nobody takes the answer for whole
            _log.exception("%s failed", asked(scope))
            await respond(send, 500, MEDIA_TYPE, msgspec.json.encode(unexpected(asked(scope))))


def _is_begun(scope: Scope) -> bool:
    """Whether an answer is on its way, or none can be sent."""
    return scope["type"] != "http" or bool(scope["state"]["code"])


def _stopping() -> UnavailableError:
    """Why a request is cancelled: only a server that stops does so."""
    return UnavailableError("the server is stopping, and this request did not end in time", todo="ask again later")


def _response(body: dict[str, Any], headers: Any = None) -> Response:
    return Response(msgspec.json.encode(body), body["status"], headers, MEDIA_TYPE.decode())


def _asked(request: Request) -> str:
    return asked(request.scope)


def _located(error: Any) -> dict[str, str]:
    where = clipped(".".join(str(each) for each in error["loc"] if each not in {ONE, SEVERAL}))
    found = "nothing" if error["type"] == "missing" else clipped(repr(error["input"]))
    return {"where": where, "found": found, "expected": error["msg"].removeprefix("Input should be ")}


def _no_route(request: Request, system: System) -> RatchetError:
    """That there is no such classifier or, where there is, no such address."""
    parts = request.url.path.split("/")
    try:
        system.get(clipped(parts[2]) if parts[1] == "v1" and len(parts) > 2 else None)
    except RatchetError as error:
        return error
    return NotFoundError("there is no such address", todo="see /docs for those there are")
