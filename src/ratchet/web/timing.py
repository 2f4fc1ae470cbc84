"""Times every request but ``POST predict``, which times itself."""

from __future__ import annotations

from ratchet import clock
from ratchet.web.asgi import Asgi, Message, Receive, Scope, Send
from ratchet.web.meters import Meters


class Timing:
    """Counts requests by route; a path that is no route of ours counts as ``other``, since anybody may invent some."""

    def __init__(self, app: Asgi, *, meters: Meters, prefixes: tuple[str, ...]) -> None:
        self._app = app
        self._meters = meters
        self._prefixes = prefixes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = clock.monotonic()
        status = 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            self._meters.observe(self._route(scope), status, clock.monotonic() - started)

    def _route(self, scope: Scope) -> str:
        path = getattr(scope.get("route"), "path", None)
        if path is None:
            return "other"
        for prefix in self._prefixes:
            if prefix and path.startswith(prefix):
                path = path.removeprefix(prefix)
        return str(path).strip("/")
