"""Requests and responses as ASGI has them: bodies read within a limit, whole responses sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from ratchet.web.problems import BodyError, TooLargeError

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


RETRY_AFTER = b"5"
"""Seconds after which something that is away may be back."""


class ClientGone(Exception):  # noqa: N818 - it is news, not a mistake
    """The client closed the connection before its request was whole."""


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The whole body; raises `TooLargeError` above ``limit`` bytes, without reading on."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message.get("body", b"")
        if len(body) > limit:
            raise too_large(limit)
        return body
    return b"".join([part async for part in _parts(message, scope, receive, limit)])


def stream_body(scope: Scope, receive: Receive, limit: int) -> AsyncIterator[bytes]:
    """The body in parts, as they arrive; raises `TooLargeError` once they add up to more than ``limit`` bytes."""
    return _parts(None, scope, receive, limit)


async def _parts(message: Message | None, scope: Scope, receive: Receive, limit: int) -> AsyncIterator[bytes]:
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    if int(declared) > limit:
        raise too_large(limit)
    size = 0
    while True:
        message = message or await receive()
        if message["type"] != "http.request":
            raise ClientGone
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise too_large(limit)
        yield part
        if not message.get("more_body"):
            return
        message = None


def decode(body: bytes) -> Any:
    """The JSON value in a body; raises `BodyError` that says where it stops being JSON."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        found = "an empty body" if not body.strip() else f"a body that is not JSON: {error}"
        raise BodyError(found, todo="send a JSON object of column names and values, in UTF-8") from None


def too_large(limit: int) -> TooLargeError:
    """What to say of a body above the limit."""
    return TooLargeError(
        f"a body of more than {limit / 1e6:g} MB",
        todo="send fewer rows at a time, or score a file with ratchet predict FILE -o OUTPUT",
    )


def asked(scope: Scope) -> str:
    """The method and path of a request, for problem documents."""
    return f"{scope['method']} {scope['path']}"


async def respond(send: Send, status: int, kind: bytes, body: bytes) -> None:
    """Send a whole response."""
    headers: list[Any] = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
    if status == 405:
        headers.append((b"allow", b"POST"))
    if status == 503:
        headers.append((b"retry-after", RETRY_AFTER))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
