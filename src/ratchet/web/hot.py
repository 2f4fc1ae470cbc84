"""The hot path, ``POST predict``: bare ASGI ahead of the framework, whose routing costs more than the answer itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from ratchet import clock
from ratchet.classifier import EXPLAIN, Context, Prediction, Request
from ratchet.errors import RatchetError
from ratchet.web.asgi import Asgi, ClientGone, Receive, Scope, Send, asked, respond
from ratchet.web.asking import IDEMPOTENCY, context_of, key_of
from ratchet.web.batching import Answer, Batcher
from ratchet.web.bodies import SMALL, read_body
from ratchet.web.meters import Meters
from ratchet.web.problems import MEDIA_TYPE, MethodError, headers_of, problem, status, unexpected
from ratchet.web.shapes import Shapes
from ratchet.web.threads import Threads

_log = logging.getLogger("ratchet.web")
_encode = msgspec.json.Encoder().encode
_Whole = tuple[int, bytes, bytes, Sequence[tuple[bytes, bytes]]]
"""Status, type, body, and further headers of an answer."""


@dataclass(frozen=True, slots=True)
class Hot:
    """Where the rows of an address go."""

    classifier: str
    batcher: Batcher
    answer: Answer
    threads: Threads
    """Where large rows, and those to be explained, are read and answered, one by one."""
    shapes: Shapes
    answer_once: Callable[[Request, str], Prediction]

    def request(self, body: bytes, scope: Scope, said: Context, caller: str) -> Request:
        """The row in a body, and who asks; raises `BodyError`."""
        state = scope["state"]
        return Request(
            classifier=self.classifier,
            row=self.shapes.row(body, state["kind"], state["headers"][b"content-type"]),
            caller=caller,
            subject=said.subject,
            tags=said.tags,
            wishes=said.wishes,
            top=said.top,
        )

    def alone(self, body: bytes, scope: Scope, said: Context, caller: str) -> Prediction:
        """The answer to one row by itself."""
        (prediction,) = self.answer([self.request(body, scope, said, caller)])
        return prediction

    def once(self, key: str, body: bytes, scope: Scope, said: Context, caller: str) -> Prediction:
        """The answer to a row that may be sent again with its key."""
        return self.answer_once(self.request(body, scope, said, caller), key)


class PredictDoor:
    """Answers ``POST predict`` itself, by the path of a classifier, and passes everything else on."""

    def __init__(self, app: Asgi, *, paths: Mapping[str, Hot], meters: Meters) -> None:
        self._app = app
        self._paths = dict(paths)
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hot = self._paths.get(scope["path"]) if scope["type"] == "http" else None
        if hot is None:
            await self._app(scope, receive, send)
            return
        started = clock.monotonic()
        try:
            code, kind, body, more = await self._answer(hot, scope, receive)
        except ClientGone:
            return
        await respond(send, code, kind, body, more)
        self._meters.observe(hot.classifier, "predict", code, clock.monotonic() - started)

    async def _answer(self, hot: Hot, scope: Scope, receive: Receive) -> _Whole:
        try:
            if scope["method"] != "POST":
                raise MethodError(f"the method {scope['method']}", todo="use POST")
            body, said = await read_body(receive), context_of(scope["headers"], scope["query_string"])
            caller, meter = scope["state"]["who"].name, scope["state"]["meter"]
            if IDEMPOTENCY in scope["state"]["headers"]:
                prediction = await hot.threads.run(hot.once, key_of(scope["headers"]), body, scope, said, caller)
            elif len(body) > SMALL or EXPLAIN in said.wishes:
                prediction = await hot.threads.run(hot.alone, body, scope, said, caller)
            else:
                prediction = await hot.batcher.ask(hot.request(body, scope, said, caller))
            meter.answer = prediction
            return 200, b"application/json", _encode(prediction), ()
        except RatchetError as error:
            return status(error), MEDIA_TYPE, _encode(problem(error, asked(scope))), headers_of(error)
        except Exception as error:
            if isinstance(error, ClientGone):
                raise
            _log.exception("POST predict failed")
            return 500, MEDIA_TYPE, _encode(unexpected(asked(scope))), ()
