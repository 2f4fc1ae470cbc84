"""Answers to many rows, and what speaks for an answer.  Answers to one row take a shorter way: `ratchet.web.hot`."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ratchet.classifier import Classifier
from ratchet.web.asking import Asked, Own
from ratchet.web.batch import predict_batch
from ratchet.web.bodies import decode_row, read_body
from ratchet.web.lines import JSON

router = APIRouter(tags=["answers"])


@router.post("/predict/batch", include_in_schema=False)  # `ratchet.web.openapi` describes it, with the columns
async def batch(request: Request, classifier: Asked, own: Own) -> StreamingResponse:
    """Answer many rows."""
    return await predict_batch(request, classifier, own.answering)


@router.post("/explain", include_in_schema=False)  # as above
async def explain(
    request: Request, classifier: Asked, own: Own, label: Annotated[str | None, Query()] = None
) -> Response:
    """Say what in a row spoke for a class; nothing is logged."""
    body = await read_body(request.receive)
    return Response(await own.answering.run(_explained, classifier, body, label), media_type=JSON)


def _explained(classifier: Classifier, body: bytes, label: str | None) -> bytes:
    return msgspec.json.encode(classifier.explain(decode_row(body), label))
