"""What stands between a caller who is known and the routes: limits before, and counting behind.

Answers carry ``RateLimit-Policy`` and ``RateLimit`` as draft-ietf-httpapi-ratelimit-headers-10 has them (the form since
draft 08, which clients know).  Watching, ``health`` and ``metrics``, is no use of a classifier: it is neither limited
nor counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

import msgspec
from starlette.concurrency import run_in_threadpool

from ratchet import clock
from ratchet.access.counting import Counting
from ratchet.access.limits import Limits, Verdict
from ratchet.access.who import Who
from ratchet.classifier import Answered, Prediction
from ratchet.errors import TooOftenError
from ratchet.web import problems as errors
from ratchet.web.asgi import Asgi, Receive, Scope, Send, asked, respond
from ratchet.web.meters import Meters
from ratchet.web.problems import MEDIA_TYPE, problem, status
from ratchet.web.timing import NAMED

ONE_ROW = "predict"
"""The route whose every request is one row."""
_WATCHING = ("health", "metrics")
_OTHER = "other"


class Place(NamedTuple):
    """What an address stands for."""

    classifier: str
    """Empty for what belongs to none."""
    route: str | None
    """None where only the framework knows."""
    limits: Limits | None


_NOWHERE = Place("", None, None)
_WATCHED = Place("", "", None)


class Meter:
    """What one request takes of the limits, and what is counted of it; threads may call it."""

    __slots__ = ("_address", "_caller", "_counting", "answer", "place")

    def __init__(self, place: Place, caller: str, address: str, counting: Counting) -> None:
        self.place = place
        self._caller = caller
        self._address = address
        self._counting = counting
        self.answer: Prediction | None = None
        """What a request of one row was answered with."""

    def admit(self, rows: int) -> None:
        """Take rows of a request that are about to be answered; raises `TooOftenError`."""
        if self.place.limits is not None:
            self.place.limits.more_rows(self._caller, self._address, rows)

    def count(self, predictions: Iterable[Prediction]) -> None:
        """Count rows that were answered."""
        for label, rows in Counter(each.label for each in predictions).items():
            self._counting.add(self.place.classifier, self._caller, self.place.route or _OTHER, label=label, rows=rows)

    def counted(self, answers: Iterator[Answered]) -> Iterator[Answered]:
        """The same answers, their rows counted as they come."""
        for each in answers:
            self.count(each.predictions)
            yield each

    def done(self, route: str, code: int) -> None:
        """Count the request itself."""
        label = "" if self.answer is None else self.answer.label
        self._counting.add(
            self.place.classifier,
            self._caller,
            route,
            label=label,
            requests=1,
            rows=int(self.answer is not None),
            refused=int(code >= 400),
        )


class Metering:
    """Refuses who asks too often, and counts what everybody asked; who that is, the guard before it has said."""

    def __init__(self, app: Asgi, *, places: Places, counting: Counting, meters: Meters) -> None:
        self._app = app
        self._places = places
        self._counting = counting
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        place = self._places.find(scope["path"]) if scope["type"] == "http" else _WATCHED
        if place is _WATCHED:
            await self._app(scope, receive, send)
            return
        who: Who = scope["state"]["who"]
        caller, address = who.name, who.address or ""
        meter = scope["state"]["meter"] = Meter(place, caller, address, self._counting)
        if (limits := place.limits) is not None and limits.policies:
            rows = int(place.route == ONE_ROW)
            if limits.shared is None:
                verdict = limits.take(caller, address, rows)
            else:
                verdict = await run_in_threadpool(limits.take, caller, address, rows)
            if verdict is not None:
                scope["state"]["added"] += headers_of(verdict)
                if verdict.refusal is not None:
                    await self._refuse(scope, send, meter, place, verdict.refusal)
                    return
        try:
            await self._app(scope, receive, send)
        finally:
            code = scope["state"]["code"]
            if code or meter.answer is not None:  # else the client has gone before anything was answered
                meter.done(place.route or _route(scope), code)

    async def _refuse(self, scope: Scope, send: Send, meter: Meter, place: Place, error: TooOftenError) -> None:
        started, code = clock.monotonic(), status(error)
        body = msgspec.json.encode(problem(error, asked(scope)))
        await respond(send, code, MEDIA_TYPE, body, errors.headers_of(error))
        meter.done(place.route or _OTHER, code)
        self._meters.observe(place.classifier, place.route or _OTHER, code, clock.monotonic() - started)


class Places:
    """Which classifier and route an address stands for, with its limits; strangers' inventions stand for nothing."""

    def __init__(self, paths: Iterable[str], limits: Mapping[str, Limits], default: str | None) -> None:
        """``paths`` are those of a classifier's routes, ``limits`` those of each classifier."""
        named = {path.strip("/") for path in paths} | {ONE_ROW}
        prefixes = {f"/v1/{name}/": name for name in limits} | ({} if default is None else {"/": default})
        self._exact: dict[str, Place] = {}
        self._begun: dict[str, Place] = {}
        for prefix, name in prefixes.items():
            for route in named:
                if "{" in route:
                    self._begun[prefix + route.partition("/")[0]] = Place(name, None, limits[name])
                else:
                    self._exact[prefix + route] = Place(name, route, limits[name])
            if prefix != "/":
                self._begun[prefix.strip("/")] = Place(name, None, limits[name])

    def find(self, path: str) -> Place:
        """What a path stands for."""
        return self._exact.get(path) or self._beginning(path)

    def _beginning(self, path: str) -> Place:
        if _is_watching(path):
            return _WATCHED
        parts = path.split("/", 3)
        if len(parts) > 2 and parts[1] == "v1":
            return self._begun.get(f"v1/{parts[2]}", _NOWHERE)
        return self._begun.get(f"/{parts[1]}", _NOWHERE) if len(parts) > 1 else _NOWHERE


def headers_of(verdict: Verdict) -> list[tuple[bytes, bytes]]:
    """What an answer tells its caller of the limits."""
    policy, left = _written(verdict.of)
    return [(b"ratelimit-policy", policy), (b"ratelimit", left % verdict.left)]


@lru_cache(256)
def _written(limits: Limits) -> tuple[bytes, bytes]:
    """The header of what is allowed, and that of what is left, with places for its numbers."""
    policies = [f'"{each.name}";q={each.most};w={86_400 if each.daily else 60}' for each in limits.policies]
    left = [f'"{each.name}";r=%d;t=%d' for each in limits.policies]
    return ", ".join(policies).encode(), ", ".join(left).encode()


def _route(scope: Scope) -> str:
    """The route that the framework has found."""
    path = getattr(scope.get("route"), "path_format", None)
    return _OTHER if path is None else str(path).removeprefix(NAMED).strip("/") or "/"


def _is_watching(path: str) -> bool:
    """Whether a path is one of ``health`` or ``metrics``, of a classifier or of all."""
    parts = path.split("/")
    at = 3 if parts[1:2] == ["v1"] else 1
    return parts[at : at + 1] != [] and parts[at] in _WATCHING
