"""The HTTP door: the verbs of several classifiers as routes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from ratchet.classifier import Classifier
from ratchet.system import System
from ratchet.web.batching import Batcher
from ratchet.web.failures import LastResort, install
from ratchet.web.hot import Hot, PredictDoor
from ratchet.web.meters import Meters
from ratchet.web.openapi import described
from ratchet.web.routes import answers, classifier, labels, watching
from ratchet.web.timing import NAMED, Timing

MAX_BODY = 16 << 20
MAX_BATCH = 256 << 20
TEND_SECONDS = 1.0

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

    Each by itself: one whose database is slow to answer holds up no other.
    """

    async def tend(each: Classifier) -> None:
        while True:
            await asyncio.sleep(every)
            await run_in_threadpool(each.tend)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        classifiers = system.classifiers.values()
        await asyncio.gather(*[run_in_threadpool(each.tend) for each in classifiers])
        tasks = [asyncio.create_task(tend(each)) for each in classifiers]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task

    return lifespan
