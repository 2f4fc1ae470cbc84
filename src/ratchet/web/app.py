"""The HTTP door: the verbs of several classifiers as routes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
from fastapi import FastAPI
from starlette.responses import JSONResponse

from ratchet.classifier import Classifier
from ratchet.system import System
from ratchet.web.batching import Batcher
from ratchet.web.failures import LastResort, install
from ratchet.web.hot import Hot, PredictDoor
from ratchet.web.meters import Meters
from ratchet.web.openapi import described
from ratchet.web.routes import answers, classifier, labels, watching
from ratchet.web.threads import ThreadPools, Threads
from ratchet.web.timing import NAMED, Timing

MAX_BODY = 16 << 20
MAX_BATCH = 256 << 20
TEND_SECONDS = 1.0
FIRST_SECONDS = 10.0
"""How long the first request waits for champions to be loaded; one that takes longer answers when it is."""
LAST_SECONDS = 2.0
"""How long stopping waits for the tending that goes on; one that takes longer is left."""

ROUTERS = (answers.router, labels.router, classifier.router)
"""What each classifier answers under ``/v1/{name}``, and the default one without that."""
SYSTEM_ROUTERS = (classifier.system, watching.system)
"""What is answered for all of them together."""


class Json(JSONResponse):
    """JSON in which a number that is none is null."""

    def render(self, content: Any) -> bytes:
        """The body."""
        return msgspec.json.encode(content)


def create(
    system: System,
    *,
    max_body: int = MAX_BODY,
    max_batch: int = MAX_BATCH,
    tend_seconds: float = TEND_SECONDS,
) -> FastAPI:
    """The application that answers for each classifier under ``/v1/{name}``, and for the default one without a prefix.

    It looks after the classifiers while it runs (`Classifier.tend`), and leaves them open when it stops.
    """
    meters = Meters()
    app = FastAPI(title="Ratchet", lifespan=_tended(system, tend_seconds), redoc_url=None, default_response_class=Json)
    app.state.system, app.state.meters, app.state.max_batch = system, meters, max_batch
    app.state.pools = {name: ThreadPools() for name in system.classifiers}
    install(app, system)
    for router in (*ROUTERS, watching.router):
        app.include_router(router, prefix=NAMED)
    for router in SYSTEM_ROUTERS:
        app.include_router(router)
    for router in ROUTERS:
        app.include_router(router, include_in_schema=system.default is not None)
    app.add_middleware(LastResort)
    app.add_middleware(Timing, meters=meters)
    app.add_middleware(PredictDoor, paths=_hot(system), meters=meters, max_bytes=max_body)
    app.openapi = described(app, system)  # type: ignore[method-assign]
    return app


def _hot(system: System) -> dict[str, Hot]:
    """Path -> where its rows go; the default classifier has two paths and one batcher."""
    found = {f"/v1/{name}/predict": Hot(name, Batcher(each.answer)) for name, each in system.classifiers.items()}
    if system.default is not None:
        found["/predict"] = found[f"/v1/{system.default}/predict"]
    return found


def _tended(system: System, every: float) -> Callable[[FastAPI], Any]:
    """Each classifier is tended once before the first request, so that a champion is in memory; then again and again.

    Each by itself, in a thread of its own: one whose database is slow to answer holds up no other.
    """

    async def tend(each: Classifier, once: asyncio.Event, stop: asyncio.Event) -> None:
        thread = Threads(1)
        while not stop.is_set():
            await thread.run(each.tend)
            once.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), every)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        stop = asyncio.Event()
        onces = [(each, asyncio.Event()) for each in system.classifiers.values()]
        tasks = [asyncio.create_task(tend(each, once, stop)) for each, once in onces]
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.gather(*[once.wait() for _, once in onces]), FIRST_SECONDS)
            yield
        finally:
            stop.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.gather(*tasks), LAST_SECONDS)

    return lifespan
