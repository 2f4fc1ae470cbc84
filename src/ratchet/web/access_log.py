"""The structured log of requests: one JSON object a line on standard error, for whoever gathers logs.

Nothing that was sent is in it: of an address the route that it is of, of a key whose it is, of an answer its id.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

import msgspec

from ratchet import clock
from ratchet.errors import SettingsError
from ratchet.web.asgi import Asgi, Receive, Scope, Send
from ratchet.web.timing import NAMED

LogFormat = Literal["text", "json"]
"""What is written of requests: nothing, or a line each."""
_GONE = 499
"""The code of a request whose client left before there was an answer, as proxies write it."""
_encode = msgspec.json.Encoder().encode


class AccessLog:
    """Writes a line for each request that failed, and for a share of the others."""

    def __init__(self, app: Asgi, *, share: float, write: Callable[[str], object] | None = None) -> None:
        """Of what was answered without an error, ``share`` is written (0 to 1), evenly among those that come."""
        self._app = app
        self._share = share
        self._owed = 0.0
        self._write = write or _to_standard_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = clock.monotonic()
        try:
            await self._app(scope, receive, send)
        finally:
            state = scope["state"]
            code = state["code"] or _GONE
            if code >= 400 or self._is_due():
                line = _encode(_line(scope, state, code, clock.monotonic() - started)).decode()
                self._write(f"{line}\n")

    def _is_due(self) -> bool:
        self._owed += self._share
        if self._owed < 1.0:
            return False
        self._owed -= 1.0
        return True


def checked_share(share: float) -> float:
    """A share of requests; raises `SettingsError` for what is none.

    >>> checked_share(0.1)
    0.1
    """
    if 0.0 <= share <= 1.0:
        return share
    raise SettingsError(
        f"{share} is no share of the requests to log",
        todo="say --log-sample with a number from 0 (failures only) to 1 (all)",
    )


def _line(scope: Scope, state: dict[str, Any], code: int, seconds: float) -> dict[str, Any]:
    classifier, route = _place(scope, state)
    who, answer = state.get("who"), getattr(state.get("meter"), "answer", None)
    line: dict[str, Any] = {
        "time": clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "method": scope["method"],
        "route": route,
        "code": code,
        "ms": round(seconds * 1000, 3),
        "caller": "" if who is None else who.name,
        "client": state["client"].address,
        "classifier": classifier,
    }
    if answer is not None:
        line |= {"prediction": answer.id, "version": answer.version}
    return line


def _place(scope: Scope, state: dict[str, Any]) -> tuple[str, str]:
    """The classifier that was asked (or nothing) and the route, neither of them a stranger's invention."""
    path = getattr(scope.get("route"), "path_format", None)
    if path is not None:
        return state.get("classifier", ""), str(path).removeprefix(NAMED).strip("/")
    if (meter := state.get("meter")) is None:
        return "", "refused"
    return meter.place.classifier, meter.place.route or "other"


def _to_standard_error(line: str) -> None:
    with suppress(OSError, ValueError):  # nobody reads it any more: that keeps nobody from being answered
        sys.stderr.write(line)
