"""The hot path, ``POST predict``: bare ASGI ahead of the framework, whose routing costs more than the answer itself."""

from __future__ import annotations

import logging
from collections.abc import Collection

import msgspec

from ratchet import clock
from ratchet.errors import RatchetError
from ratchet.web.asgi import Asgi, ClientGone, Receive, Scope, Send, asked, decode, read_body, respond
from ratchet.web.batching import Batcher
from ratchet.web.meters import Meters
from ratchet.web.problems import MEDIA_TYPE, BodyError, MethodError, problem, unexpected

_log = logging.getLogger("ratchet.web")
_encode = msgspec.json.Encoder().encode


class PredictDoor:
    """Answers ``POST predict`` itself and passes everything else on."""

    def __init__(self, app: Asgi, *, paths: Collection[str], batcher: Batcher, meters: Meters, max_bytes: int) -> None:
        self._app = app
        self._paths = frozenset(paths)
        self._batcher = batcher
        self._meters = meters
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in self._paths:
            await self._app(scope, receive, send)
            return
        started = clock.monotonic()
        try:
            status, kind, body = await self._answer(scope, receive)
        except ClientGone:
            return
        await respond(send, status, kind, body)
        self._meters.observe("predict", status, clock.monotonic() - started)

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, bytes, bytes]:
        try:
            if scope["method"] != "POST":
                raise MethodError(f"the method {scope['method']}", todo="use POST")
            row = decode(await read_body(scope, receive, self._max_bytes))
            if type(row) is not dict:
                raise BodyError(
                    "a JSON value that is not one row", todo="send one object; POST predict/batch takes an array"
                )
            return 200, b"application/json", _encode(await self._batcher.ask(row))
        except RatchetError as error:
            return error.status, MEDIA_TYPE, _encode(problem(error, asked(scope)))
        except Exception as error:
            if isinstance(error, ClientGone):
                raise
            _log.exception("POST predict failed")
            return 500, MEDIA_TYPE, _encode(unexpected(asked(scope)))
