"""The true labels that come back."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from ratchet.classifier import Label, LabelSource
from ratchet.web.asking import Asked, Caller, Own

router = APIRouter(tags=["labels"])


class FeedbackBody(BaseModel):
    """The true label of an answer."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(max_length=64, description="The id that came with the answer.")
    label: str = Field(description="The true class, as GET info spells it.")
    source: LabelSource = Field(default="user", description="How the label came.")


@router.post("/feedback", status_code=201, summary="Say what the true label of an answer was")
async def feedback(classifier: Asked, own: Own, caller: Caller, body: FeedbackBody) -> Label:
    """Of several labels for one answer the last counts; all are kept, with who said so."""
    return await own.writing.run(classifier.feedback, body.id, body.label, actor=caller, source=body.source)
