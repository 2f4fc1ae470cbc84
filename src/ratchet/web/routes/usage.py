"""Who asked how much."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request

from ratchet.access.moments import moment
from ratchet.access.usage import Usage
from ratchet.web.asking import system_of
from ratchet.web.usage import home_of

system = APIRouter(tags=["watching"])


@system.get("/v1/-/usage", summary="Who asked how much")
async def usage(
    request: Request,
    by: Annotated[str, Query(description="key, route, class, classifier, hour, day; several parted by commas")] = "key",
    since: Annotated[str, Query(description="So long ago (12h, 7d, 4w), or a day or moment (2026-03-01)")] = "7d",
    until: Annotated[str | None, Query(description="Likewise; now by default")] = None,
    key: Annotated[str | None, Query(description="Of this key only, by its name")] = None,
    classifier: Annotated[str | None, Query(description="Of this classifier only")] = None,
) -> Usage:
    """Requests, rows answered and refusals of all classifiers of this server; a second or so old."""
    home = home_of(system_of(request))
    begin, end = moment(since), None if until is None else moment(until)
    reading = request.app.state.pools[home.name].reading
    found: Usage = await reading.run(home.usage, by.split(","), since=begin, until=end, key=key, classifier=classifier)
    return found
