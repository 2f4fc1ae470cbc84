"""The true labels that come back."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from ratchet.access.roles import Role
from ratchet.classifier import Label, LabelSource
from ratchet.errors import ForbiddenError
from ratchet.web.asking import Asked, Caller, Own, who_of

router = APIRouter(tags=["labels"])

LEAST: dict[LabelSource, Role] = {
    "user": Role.USER,
    "expert": Role.LABELLER,
    "outcome": Role.DEVELOPER,
    "import": Role.DEVELOPER,
}
"""What role it takes to say that a label came so."""


class FeedbackBody(BaseModel):
    """The true label of an answer."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(max_length=64, description="The id that came with the answer.")
    label: str = Field(description="The true class, as GET info spells it.")
    source: LabelSource = Field(default="user", description="How the label came.")


@router.post("/feedback", status_code=201, summary="Say what the true label of an answer was")
async def feedback(request: Request, classifier: Asked, own: Own, caller: Caller, body: FeedbackBody) -> Label:
    """Of several labels for one answer the last counts; all are kept, with who said so."""
    least = LEAST[body.source]
    if not who_of(request).role.includes(least):
        raise ForbiddenError(
            f"a label of the source {body.source} needs the role {least}", todo="leave source out: what a user says"
        )
    return await own.writing.run(classifier.feedback, body.id, body.label, actor=caller, source=body.source)
