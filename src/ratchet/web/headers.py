"""The outermost door: where a request comes from, which pages of others may ask, and what browsers are told of answers.

Cross-origin requests are closed unless ``[access] origins`` of a classifier opens it to a page (Fetch standard, CORS);
cookies are never taken across origins, since the API takes keys only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

import msgspec

from ratchet.errors import RatchetError
from ratchet.web.asgi import Asgi, Headers, Message, Receive, Scope, Send, asked, respond
from ratchet.web.clients import Clients
from ratchet.web.hosts import Hosts
from ratchet.web.meters import Meters
from ratchet.web.problems import MEDIA_TYPE, headers_of, problem, status

CLOSED = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_ALWAYS: list[tuple[bytes, bytes]] = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_PLAIN = [*_ALWAYS, (b"cache-control", b"no-store"), (b"content-security-policy", CLOSED)]
_PLAIN_NAMES = frozenset(name for name, _ in _PLAIN)
_HTTPS = (b"strict-transport-security", b"max-age=31536000")
_METHODS = b"GET, POST"
_ASKED_WITH = b"authorization, x-api-key, content-type, accept, ratchet-subject, ratchet-tags, idempotency-key"
_SHOWN = b"retry-after, ratelimit, ratelimit-policy"
_REMEMBERED_SECONDS = b"600"


class Outermost:
    """Says where a request comes from (``client`` in the scope's state, beside its ``headers``).

    What is behind may add headers to the answer (``added`` in the state), and sees the ``code`` that was sent, 0 till
    then.

    It refuses what is not meant for this server (`ratchet.web.hosts`), answers what browsers ask before they ask, and
    adds the headers that keep them from doing more with an answer than to show it.
    """

    def __init__(
        self,
        app: Asgi,
        *,
        clients: Clients,
        hosts: Hosts,
        meters: Meters,
        origins: Mapping[str, Sequence[str]],
        default: str | None,
        root_path: str,
    ) -> None:
        self._app = app
        self._clients = clients
        self._hosts = hosts
        self._meters = meters
        self._origins = {f"/v1/{name}/": frozenset(map(str.encode, each)) for name, each in origins.items() if each}
        self._default = self._origins.get(f"/v1/{default}/", frozenset())
        self._root = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers: Headers = dict(scope["headers"])
        state = scope.setdefault("state", {})
        client = self._clients.of(scope, headers)
        added: list[tuple[bytes, bytes]] = []
        state.update(headers=headers, client=client, added=added, code=0)
        if self._root:
            self._strip(scope)
        if scope["path"][-1:] == "/":
            _unslash(scope)
        origin = headers.get(b"origin")
        opened = origin is not None and origin in self._opened(scope["path"])
        if origin is not None and opened:
            added += _cors(origin)
            if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
                await _preflight(send, [*_PLAIN, *added])
                return
        if client.https:
            added.append(_HTTPS)

        def sent(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                if not state["code"]:
                    message["headers"] = _with(message["headers"], added)
                state["code"] = message["status"]
            return send(message)

        try:
            self._hosts.check(headers, scope["headers"], opened=opened)
        except RatchetError as error:
            body = msgspec.json.encode(problem(error, asked(scope)))
            await respond(sent, status(error), MEDIA_TYPE, body, headers_of(error))
            self._meters.observe("", "refused", status(error), 0.0)
            return
        if scope["method"] == "HEAD":
            await self._as_get(scope, receive, sent)
        else:
            await self._app(scope, receive, sent)

    async def _as_get(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer ``HEAD`` as ``GET`` would be; the server, which knows better, sends the head of that alone."""
        asked = {**scope, "method": "GET"}
        try:
            await self._app(asked, receive, send)
        finally:
            scope["route"] = asked.get("route")

    def _strip(self, scope: Scope) -> None:
        """Take the path that a proxy shows this server under off the address, where the proxy left it there."""
        scope["root_path"] = self._root
        path: str = scope["path"]
        if path.startswith(f"{self._root}/"):
            scope["path"] = path[len(self._root) :]

    def _opened(self, path: str) -> frozenset[bytes]:
        for prefix, origins in self._origins.items():
            if path.startswith(prefix):
                return origins
        return frozenset() if path.startswith("/v1/") else self._default


def _unslash(scope: Scope) -> None:
    """Take one slash off the end of an address, before anybody asks whose it is; a subject's name may have its own."""
    path: str = scope["path"]
    if len(path) > 1 and "/subjects/" not in path:
        scope["path"] = path[:-1]


def _with(headers: Any, added: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers of an answer with ours; of those that it sets itself, only its own."""
    own = {name.lower() for name, _ in headers}
    plain = _PLAIN if _PLAIN_NAMES.isdisjoint(own) else [each for each in _PLAIN if each[0] not in own]
    return [*headers, *plain, *added]


def _cors(origin: bytes) -> list[tuple[bytes, bytes]]:
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", _SHOWN),
        (b"vary", b"Origin"),
    ]


async def _preflight(send: Send, added: list[tuple[bytes, bytes]]) -> None:
    allowed = [
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-allow-headers", _ASKED_WITH),
        (b"access-control-max-age", _REMEMBERED_SECONDS),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": [*added, *allowed]})
    await send({"type": "http.response.body", "body": b""})
