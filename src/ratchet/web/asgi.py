"""Requests and responses as ASGI has them; whole responses sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from ratchet.web.problems import clipped
from ratchet.words import redacted

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = dict[bytes, bytes]


class ClientGone(Exception):  # noqa: N818 - it is news, not a mistake
    """The client closed the connection before its request was whole."""


def asked(scope: Scope) -> str:
    """The method and path of a request, for problem documents and the log: on one line, without control characters."""
    path = redacted(scope["path"])
    return f"{scope['method']} {clipped(path if path.isprintable() else repr(path)[1:-1])}"


async def respond(send: Send, status: int, kind: bytes, body: bytes, more: Sequence[tuple[bytes, bytes]] = ()) -> None:
    """Send a whole response, with ``more`` headers beside the type and the length of its body."""
    headers: list[Any] = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
