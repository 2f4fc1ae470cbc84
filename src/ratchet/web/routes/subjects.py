"""What is kept of a person: shown, and forgotten."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request

from ratchet.classifier import Receipt
from ratchet.errors import Problem, RequestError
from ratchet.web.asking import Asked, Caller, Own, context_of

router = APIRouter(tags=["subjects"])

Before = Annotated[str | None, Query(max_length=64, description="The id of the last answer of the page before.")]
Limit = Annotated[int, Query(ge=1, le=500, description="Answers a page.")]


@router.get("/history", summary="The answers about a person that this caller asked for, newest first")
async def history(
    request: Request, classifier: Asked, own: Own, caller: Caller, before: Before = None, limit: Limit = 50
) -> list[dict[str, Any]]:
    """The header ``Ratchet-Subject`` names the person, as it does in requests to predict."""
    subject = context_of(request.scope["headers"]).subject
    if subject is None:
        raise RequestError(
            "a history is somebody's, and the request names nobody",
            todo="send the header Ratchet-Subject",
            problems=(Problem(where="Ratchet-Subject", found="nothing", expected="the name of a subject"),),
        )
    page = partial(classifier.history, subject, before=before, limit=limit, caller=caller)
    return await own.reading.run(page)


@router.get("/subjects/{subject:path}", summary="All that is kept of a person")
async def subject(classifier: Asked, own: Own, subject: str) -> dict[str, Any]:
    """Answers with their rows, labels, rows of datasets, and the versions that learned from them.

    A slash in the name is taken as it is, and as %2F, since some proxies write the one for the other.
    """
    return await own.reading.run(classifier.subject, subject)


@router.delete("/subjects/{subject:path}", summary="Forget a person: a receipt of what was removed, and where")
async def forget(classifier: Asked, own: Own, subject: str) -> Receipt:
    """May be sent again until it answers 200; what was removed until then is gone."""
    return await own.writing.run(classifier.forget, subject)
