"""The HTTP door: one classifier's verbs as routes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ratchet.web.batch import predict_batch
from ratchet.web.batching import Batcher
from ratchet.web.box import Box
from ratchet.web.failures import LastResort, install
from ratchet.web.hot import PredictDoor
from ratchet.web.meters import Meters, exposition
from ratchet.web.openapi import describe
from ratchet.web.timing import Timing

MAX_BODY = 16 << 20
MAX_BATCH = 256 << 20
TEND_SECONDS = 1.0


class FeedbackBody(BaseModel):
    """The true label of an answer."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(max_length=64, description="The id that came with the answer.")
    label: str = Field(description="The true class, as GET info spells it.")
    actor: str = Field(default="http", max_length=128, description="Who says so.")


def create(
    box: Box,
    *,
    max_body: int = MAX_BODY,
    max_batch: int = MAX_BATCH,
    tend_seconds: float = TEND_SECONDS,
) -> FastAPI:
    """The application that answers for one classifier, under ``/v1/{name}`` and without a prefix.

    It looks after the box while it runs (`Box.tend`), and leaves it open when it stops.
    """
    prefixes = (f"/v1/{box.name}", "")
    meters = Meters()
    app = FastAPI(title=f"Ratchet: {box.name}", lifespan=_tended(box, tend_seconds), redoc_url=None)
    install(app, names=(box.name,))
    routes = _routes(box, meters, max_batch)
    for prefix in prefixes:
        app.include_router(routes, prefix=prefix, include_in_schema=bool(prefix))
    app.add_middleware(LastResort)
    app.add_middleware(Timing, meters=meters, prefixes=prefixes)
    app.add_middleware(
        PredictDoor,
        paths=[f"{prefix}/predict" for prefix in prefixes],
        batcher=Batcher(box.predict),
        meters=meters,
        max_bytes=max_body,
    )
    app.openapi = _described(app, box, prefixes[:1])  # type: ignore[method-assign]
    return app


def _routes(box: Box, meters: Meters, max_batch: int) -> APIRouter:
    router = APIRouter()

    @router.post("/predict/batch", include_in_schema=False)
    async def batch(request: Request) -> StreamingResponse:
        return await predict_batch(request, box, max_batch)

    @router.post("/feedback", tags=["answers"], summary="Say what the true label of an answer was")
    def feedback(body: FeedbackBody) -> Response:
        return _json(box.feedback(body.id, body.label, actor=body.actor), status=201)

    @router.get("/info", tags=["classifier"], summary="What this classifier is")
    def info() -> Response:
        return _json(box.info())

    @router.get("/versions", tags=["classifier"], summary="Every version, newest first")
    def versions() -> Response:
        return _json(box.versions())

    @router.get("/versions/{version}/scorecard", tags=["classifier"], summary="A version's measured quality")
    def scorecard(version: str) -> Response:
        return _json(box.scorecard(version))

    @router.get("/ledger", tags=["classifier"], summary="Every change of champion")
    def ledger() -> Response:
        return _json(box.ledger())

    _add_watching(router, box, meters)
    return router


def _add_watching(router: APIRouter, box: Box, meters: Meters) -> None:
    @router.get("/health", tags=["watching"], summary="Whether requests are answered: 200, or 503")
    @router.get("/health/ready", tags=["watching"], summary="The same, for an orchestrator")
    def health() -> Response:
        found = box.health()
        return _json(found, status=200 if found["ready"] else 503)

    @router.get("/health/live", tags=["watching"], summary="Whether the process runs: 200")
    async def live() -> Response:
        return _json({"live": True})

    @router.get("/metrics", tags=["watching"], summary="Counts and latencies, for Prometheus")
    def metrics() -> Response:
        return Response(exposition(meters, box), media_type="text/plain; version=0.0.4; charset=utf-8")


def _json(value: Any, *, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")


def _described(app: FastAPI, box: Box, prefixes: tuple[str, ...]) -> Callable[[], dict[str, Any]]:
    def openapi() -> dict[str, Any]:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        return describe(document, box.schema(), prefixes)

    return openapi


def _tended(box: Box, every: float) -> Callable[[FastAPI], Any]:
    """The box is tended once before the first request, so that a champion is in memory, and then every so often."""

    async def tend() -> None:
        while True:
            await asyncio.sleep(every)
            await run_in_threadpool(box.tend)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(box.tend)
        task = asyncio.create_task(tend())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    return lifespan
