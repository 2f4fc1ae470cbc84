"""Answers to many rows.  Answers to one row take a shorter way: `ratchet.web.hot`."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import StreamingResponse

from ratchet.web.asking import Asked, Own
from ratchet.web.batch import predict_batch

router = APIRouter(tags=["answers"])


@router.post("/predict/batch", include_in_schema=False)  # `ratchet.web.openapi` describes it, with the columns
async def batch(request: Request, classifier: Asked, own: Own) -> StreamingResponse:
    """Answer many rows."""
    return await predict_batch(request, classifier, own.answering)
