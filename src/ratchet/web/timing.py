"""Times every request but ``POST predict``, which times itself."""

from __future__ import annotations

from ratchet import clock
from ratchet.web.asgi import Asgi, Receive, Scope, Send
from ratchet.web.meters import Meters

NAMED = "/v1/{name}"
"""How the addresses of a classifier that is named begin."""


class Timing:
    """Counts requests by route; a path that is no route of ours counts as ``other``, since anybody may invent some."""

    def __init__(self, app: Asgi, *, meters: Meters) -> None:
        self._app = app
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = clock.monotonic()
        try:
            await self._app(scope, receive, send)
        finally:
            classifier, route = self._place(scope)
            code = scope["state"]["code"] or 500
            self._meters.observe(classifier, route, code, clock.monotonic() - started)

    def _place(self, scope: Scope) -> tuple[str, str]:
        """The classifier that was asked (or nothing) and the route, neither of them a stranger's invention."""
        path = getattr(scope.get("route"), "path_format", None)
        if path is None:
            return "", "other"
        return scope.get("state", {}).get("classifier", ""), str(path).removeprefix(NAMED).strip("/")
